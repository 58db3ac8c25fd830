#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "mqtt/wire/packets.h"

namespace fastness::client {

// How a payload is typed, and shown.
enum class PayloadFormat {
  text,    // as it is; shown without what a terminal would obey, and in hex if it is not UTF-8
  hex,     // two digits a byte
  base64,  // RFC 4648, 4
  raw,     // shown byte for byte
};

// What was typed. `invalid_argument` if it is not in that format.
[[nodiscard]] Result<Bytes> parse_payload(std::string_view typed, PayloadFormat format);

// One line, unless it is raw.
[[nodiscard]] std::string show_payload(ByteView payload, PayloadFormat format);

// A message as one JSON object in one line: topic, payload (or payload_base64 if it is not UTF-8),
// qos, retain, time, and those properties that it has.
[[nodiscard]] std::string to_json(const mqtt::Publish& message, Timestamp received);

}  // namespace fastness::client
