// The command channel of boards, /a/d/<device>/c/{up,dw}: a CBOR tag that names the command, then
// an array of its fields.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace fastness::senml {

using Sha256 = std::array<std::uint8_t, 32>;
using OtaId = std::array<std::uint8_t, 16>;

// What boards say.

struct OtaBegin {
  Sha256 running_sketch;
  friend bool operator==(const OtaBegin&, const OtaBegin&) = default;
};
struct OtaProgress {
  OtaId id;
  std::uint8_t state;
  std::int64_t state_data;
  std::uint64_t time_us;
  friend bool operator==(const OtaProgress&, const OtaProgress&) = default;
};
struct ThingBegin {
  std::string thing_id;  // boards send it empty
  friend bool operator==(const ThingBegin&, const ThingBegin&) = default;
};
struct LastValuesBegin {
  friend bool operator==(const LastValuesBegin&, const LastValuesBegin&) = default;
};
struct DeviceBegin {
  std::string lib_version;
  friend bool operator==(const DeviceBegin&, const DeviceBegin&) = default;
};
struct TimezoneUp {
  friend bool operator==(const TimezoneUp&, const TimezoneUp&) = default;
};
// How the board is connected. Names a Wi-Fi network or holds a login: sensitive.
struct DeviceNetConfig {
  enum class Type : std::uint8_t {
    none = 0,
    wifi = 1,      // ssid
    lora = 2,      // appeui
    gsm = 3,       // apn, login
    nb = 4,        // apn, login
    catm1 = 5,     // apn, login
    ethernet = 6,  // ip, dns, gateway, netmask: 0 (DHCP), 4 or 16 bytes each
    cellular = 7,  // apn, login
  };
  Type type;
  std::vector<std::string> texts;  // of all types but ethernet
  std::vector<Bytes> addresses;    // of ethernet
  friend bool operator==(const DeviceNetConfig&, const DeviceNetConfig&) = default;
};
struct WifiFwVersion {
  std::string version;
  friend bool operator==(const WifiFwVersion&, const WifiFwVersion&) = default;
};

// What the server says.

struct OtaUpdate {
  OtaId id;
  std::string url;  // https, at most 255 bytes
  Sha256 initial;
  Sha256 final;
  friend bool operator==(const OtaUpdate&, const OtaUpdate&) = default;
};
struct ThingUpdate {
  std::string thing_id;  // empty while the board has no thing
  friend bool operator==(const ThingUpdate&, const ThingUpdate&) = default;
};
struct ThingDetach {
  std::string thing_id;
  friend bool operator==(const ThingDetach&, const ThingDetach&) = default;
};
struct LastValuesUpdate {
  Bytes pack;  // a SenML pack
  friend bool operator==(const LastValuesUpdate&, const LastValuesUpdate&) = default;
};
struct TimezoneDown {
  std::int32_t offset_seconds;
  std::uint32_t until;  // epoch seconds
  friend bool operator==(const TimezoneDown&, const TimezoneDown&) = default;
};

using Command = std::variant<OtaBegin, OtaProgress, ThingBegin, LastValuesBegin, DeviceBegin,
                             TimezoneUp, DeviceNetConfig, WifiFwVersion, OtaUpdate, ThingUpdate,
                             ThingDetach, LastValuesUpdate, TimezoneDown>;

// `invalid_argument` if the bytes are no such message, a field is missing or of the wrong kind or
// length; `not_found` for a well-formed tag that we do not know, which is no error of the board:
// newer libraries may say more. Fields beyond the ones we know are ignored.
[[nodiscard]] Result<Command> decode_command(ByteView input);

[[nodiscard]] Bytes encode_command(const Command& command);

}  // namespace fastness::senml
