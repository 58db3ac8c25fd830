// The fifteen packets of MQTT 3.1.1 and 5.0. One struct serves both versions; what 3.1.1 lacks
// (properties, most reason codes) stays empty there. Every text and payload is a view: of the
// input when the packet was decoded, of the caller's memory when it is to be encoded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "mqtt/wire/properties.h"
#include "mqtt/wire/types.h"

namespace fastness::mqtt {

struct Will {
  std::string_view topic;
  std::string_view payload;  // binary
  Qos qos = Qos::at_most_once;
  bool retain = false;
  Properties properties;

  friend bool operator==(const Will&, const Will&) = default;
};

struct Connect {
  Version version = Version::v311;
  bool clean_start = true;
  std::uint16_t keep_alive = 0;  // seconds, zero for none
  std::string_view client_id;
  std::optional<std::string_view> username;
  std::optional<std::string_view> password;  // binary
  std::optional<Will> will;
  Properties properties;

  friend bool operator==(const Connect&, const Connect&) = default;
};

// `reason` is a code of 5.0; for a 3.1.1 client the encoder says the nearest of its six.
struct Connack {
  bool session_present = false;
  ReasonCode reason = ReasonCode::success;
  Properties properties;

  friend bool operator==(const Connack&, const Connack&) = default;
};

struct Publish {
  std::string_view topic;
  ByteView payload;
  Qos qos = Qos::at_most_once;
  bool retain = false;
  bool duplicate = false;
  std::uint16_t packet_id = 0;  // zero if and only if the QoS is 0
  OptionalProperties properties;
};

// PUBACK, PUBREC, PUBREL or PUBCOMP, as `type` says.
struct Acknowledgement {
  PacketType type = PacketType::puback;
  std::uint16_t packet_id = 0;
  ReasonCode reason = ReasonCode::success;
  OptionalProperties properties;

  friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};

enum class RetainHandling : std::uint8_t { send = 0, send_if_new = 1, do_not_send = 2 };

struct SubscriptionOptions {
  Qos maximum_qos = Qos::at_most_once;
  bool no_local = false;
  bool retain_as_published = false;
  RetainHandling retain_handling = RetainHandling::send;

  friend bool operator==(const SubscriptionOptions&, const SubscriptionOptions&) = default;
};

struct Subscribe {
  struct Entry {
    std::string_view filter;
    SubscriptionOptions options;

    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::uint16_t packet_id = 0;
  std::vector<Entry> entries;
  Properties properties;

  friend bool operator==(const Subscribe&, const Subscribe&) = default;
};

struct Suback {
  std::uint16_t packet_id = 0;
  std::vector<ReasonCode> reasons;
  Properties properties;

  friend bool operator==(const Suback&, const Suback&) = default;
};

struct Unsubscribe {
  std::uint16_t packet_id = 0;
  std::vector<std::string_view> filters;
  Properties properties;

  friend bool operator==(const Unsubscribe&, const Unsubscribe&) = default;
};

// In 3.1.1 the reasons are not on the wire.
struct Unsuback {
  std::uint16_t packet_id = 0;
  std::vector<ReasonCode> reasons;
  Properties properties;

  friend bool operator==(const Unsuback&, const Unsuback&) = default;
};

struct Pingreq {
  friend bool operator==(const Pingreq&, const Pingreq&) = default;
};
struct Pingresp {
  friend bool operator==(const Pingresp&, const Pingresp&) = default;
};

struct Disconnect {
  ReasonCode reason = ReasonCode::normal_disconnection;
  Properties properties;

  friend bool operator==(const Disconnect&, const Disconnect&) = default;
};

struct Auth {
  ReasonCode reason = ReasonCode::success;
  Properties properties;

  friend bool operator==(const Auth&, const Auth&) = default;
};

using Packet = std::variant<Connect, Connack, Publish, Acknowledgement, Subscribe, Suback,
                            Unsubscribe, Unsuback, Pingreq, Pingresp, Disconnect, Auth>;

}  // namespace fastness::mqtt
