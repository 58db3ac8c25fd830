#include "api/boards.h"

#include <algorithm>
#include <array>

#include "identity/issued_certificate.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using Connection = std::string_view;
constexpr std::array kWifi = {Connection("wifi")};
constexpr std::array kWifiAndSecret = {Connection("wifiandsecret")};
constexpr std::array kWifiAndEthernet = {Connection("wifi"), Connection("eth")};
constexpr std::array kGsm = {Connection("gsm")};
constexpr std::array kNarrowband = {Connection("nb"), Connection("catm1")};

constexpr std::array kBoards = {
    Board{"mkr1000", "Arduino MKR1000", "arduino:samd:mkr1000", kWifi},
    Board{"mkrwifi1010", "Arduino MKR WiFi 1010", "arduino:samd:mkrwifi1010", kWifi},
    Board{"mkrgsm1400", "Arduino MKR GSM 1400", "arduino:samd:mkrgsm1400", kGsm},
    Board{"mkrnb1500", "Arduino MKR NB 1500", "arduino:samd:mkrnb1500", kNarrowband},
    Board{"nano_33_iot", "Arduino Nano 33 IoT", "arduino:samd:nano_33_iot", kWifi},
    Board{"nanorp2040connect", "Arduino Nano RP2040 Connect", "arduino:mbed_nano:nanorp2040connect",
          kWifi},
    Board{"envie_m7", "Arduino Portenta H7", "arduino:mbed_portenta:envie_m7", kWifiAndEthernet},
    Board{"nicla_vision", "Arduino Nicla Vision", "arduino:mbed_nicla:nicla_vision", kWifi},
    Board{"opta", "Arduino Opta", "arduino:mbed_opta:opta", kWifiAndEthernet},
    Board{"giga", "Arduino GIGA R1 WiFi", "arduino:mbed_giga:giga", kWifi},
    Board{"portenta_c33", "Arduino Portenta C33", "arduino:renesas_portenta:portenta_c33",
          kWifiAndEthernet},
    Board{"portenta_x8", "Arduino Portenta X8", "", kWifiAndEthernet},
    Board{"unor4wifi", "Arduino UNO R4 WiFi", "arduino:renesas_uno:unor4wifi", kWifi},
    Board{"unoq", "Arduino UNO Q", "", kWifi},
    Board{"nano_nora", "Arduino Nano ESP32", "arduino:esp32:nano_nora", kWifi},
    Board{"login_and_secretkey_wifi", "Third-party board", "", kWifiAndSecret},
    Board{"generic_device_secretkey", "Any device", "", {}},
    Board{"phone", "Phone", "", {}},
};

}  // namespace

std::span<const Board> boards() {
  return kBoards;
}

const Board* find_board(std::string_view type) {
  const auto* found = std::ranges::find(kBoards, type, &Board::type);
  return found == kBoards.end() ? nullptr : found;
}

std::string_view board_label(std::string_view type) {
  const Board* board = find_board(type);
  return board == nullptr ? type : board->label;
}

void write_board_parts(json::Writer& out, const identity::CompressedCertificate& parts) {
  out.field("authority_key_identifier", parts.authority_key_identifier);
  out.field("not_after", parts.not_after);
  out.field("not_before", parts.not_before);
  out.field("serial", parts.serial);
  out.field("signature", parts.signature);
}

}  // namespace fastness::api
