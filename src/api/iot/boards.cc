#include "api/iot/boards.h"

#include <array>

namespace fastness::api::iot {
namespace {

constexpr std::array kBoards = {
    Board{"mkr1000", "Arduino MKR1000", "arduino:samd:mkr1000"},
    Board{"mkrwifi1010", "Arduino MKR WiFi 1010", "arduino:samd:mkrwifi1010"},
    Board{"mkrgsm1400", "Arduino MKR GSM 1400", "arduino:samd:mkrgsm1400"},
    Board{"mkrnb1500", "Arduino MKR NB 1500", "arduino:samd:mkrnb1500"},
    Board{"nano_33_iot", "Arduino Nano 33 IoT", "arduino:samd:nano_33_iot"},
    Board{"nanorp2040connect", "Arduino Nano RP2040 Connect",
          "arduino:mbed_nano:nanorp2040connect"},
    Board{"envie_m7", "Arduino Portenta H7", "arduino:mbed_portenta:envie_m7"},
    Board{"nicla_vision", "Arduino Nicla Vision", "arduino:mbed_nicla:nicla_vision"},
    Board{"opta", "Arduino Opta", "arduino:mbed_opta:opta"},
    Board{"giga", "Arduino GIGA R1 WiFi", "arduino:mbed_giga:giga"},
    Board{"portenta_c33", "Arduino Portenta C33", "arduino:renesas_portenta:portenta_c33"},
    Board{"portenta_x8", "Arduino Portenta X8", ""},
    Board{"unor4wifi", "Arduino UNO R4 WiFi", "arduino:renesas_uno:unor4wifi"},
    Board{"unoq", "Arduino UNO Q", ""},
    Board{"nano_nora", "Arduino Nano ESP32", "arduino:esp32:nano_nora"},
    Board{"login_and_secretkey_wifi", "Third-party board", ""},
    Board{"generic_device_secretkey", "Any device", ""},
    Board{"phone", "Phone", ""},
};

}  // namespace

std::span<const Board> boards() {
  return kBoards;
}

std::string_view board_label(std::string_view type) {
  for (const Board& board : kBoards) {
    if (board.type == type) return board.label;
  }
  return type;
}

}  // namespace fastness::api::iot
