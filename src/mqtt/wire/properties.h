#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "mqtt/wire/types.h"

namespace fastness::mqtt {

// Why bytes are not a packet. `reason` is what MQTT 5.0 wants said to the peer, `what` is for our
// log and for the peer's, and has static lifetime.
struct Malformed {
  ReasonCode reason = ReasonCode::malformed_packet;
  const char* what = "";
};

template <typename T>
using Decoded = Result<T, Malformed>;

[[nodiscard]] inline Unexpected<Malformed> malformed(const char* what) {
  return {Malformed{ReasonCode::malformed_packet, what}};
}
[[nodiscard]] inline Unexpected<Malformed> protocol_error(const char* what) {
  return {Malformed{ReasonCode::protocol_error, what}};
}

struct UserProperty {
  std::string_view name;
  std::string_view value;

  friend bool operator==(const UserProperty&, const UserProperty&) = default;
};

// The properties of one packet (MQTT 5.0, 2.2.2). Texts are views: of the packet when it was
// decoded, of the caller's strings when it is to be encoded. Which may stand in which packet is
// checked by `read_properties`.
struct Properties {
  std::optional<std::uint8_t> payload_format;
  std::optional<std::uint32_t> message_expiry;  // seconds
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> response_topic;
  std::optional<std::string_view> correlation_data;  // binary
  std::vector<std::uint32_t> subscription_identifiers;
  std::optional<std::uint32_t> session_expiry;  // seconds
  std::optional<std::string_view> assigned_client_identifier;
  std::optional<std::uint16_t> server_keep_alive;  // seconds
  std::optional<std::string_view> authentication_method;
  std::optional<std::string_view> authentication_data;  // binary
  std::optional<std::uint8_t> request_problem_information;
  std::optional<std::uint32_t> will_delay;  // seconds
  std::optional<std::uint8_t> request_response_information;
  std::optional<std::string_view> response_information;
  std::optional<std::string_view> server_reference;
  std::optional<std::string_view> reason_string;
  std::optional<std::uint16_t> receive_maximum;
  std::optional<std::uint16_t> topic_alias_maximum;
  std::optional<std::uint16_t> topic_alias;
  std::optional<std::uint8_t> maximum_qos;
  std::optional<std::uint8_t> retain_available;
  std::vector<UserProperty> user;
  std::optional<std::uint32_t> maximum_packet_size;
  std::optional<std::uint8_t> wildcard_subscription_available;
  std::optional<std::uint8_t> subscription_identifier_available;
  std::optional<std::uint8_t> shared_subscription_available;

  friend bool operator==(const Properties&, const Properties&) = default;
};

// The properties of the packets that come by the thousand and mostly have none: they then cost a
// null pointer, where moving `Properties` would cost more than the rest of the packet. Immutable;
// copies share. Either stands for the other, so that most code need not know which it has.
class OptionalProperties {
 public:
  OptionalProperties() = default;
  OptionalProperties(Properties properties)  // NOLINT(google-explicit-constructor)
      : set_(std::make_shared<const Properties>(std::move(properties))) {}

  [[nodiscard]] bool are_set() const { return set_ != nullptr; }
  const Properties& operator*() const { return set_ ? *set_ : none(); }
  const Properties* operator->() const { return &**this; }
  operator const Properties&() const { return **this; }  // NOLINT(google-explicit-constructor)

  friend bool operator==(const OptionalProperties& a, const OptionalProperties& b) {
    return *a == *b;
  }

 private:
  [[nodiscard]] static const Properties& none();

  std::shared_ptr<const Properties> set_;
};

// Where a property block stands. A will has one of its own inside CONNECT.
enum class PropertyPlace : std::uint8_t {
  connect,
  will,
  connack,
  publish,
  acknowledgement,  // PUBACK, PUBREC, PUBREL, PUBCOMP
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  disconnect,
  auth,
};

// Reads a length and the block it spans from the front of `input`, leaving what follows. Fails on
// an unknown property, one which may not stand in `place`, one which stands there twice, and on
// values out of their range.
Decoded<Properties> read_properties(ByteReader& input, PropertyPlace place);

// Appends the block with its length. Precondition: every text is at most 65,535 bytes.
void write_properties(const Properties& properties, Bytes& out);

// The same without the length, for blocks which are kept and sent many times.
void write_property_fields(const Properties& properties, Bytes& out);

// A variable byte integer (1.5.5): one to four bytes, never longer than need be.
inline constexpr std::uint32_t kMaxVariableInteger = 268'435'455;
std::optional<std::uint32_t> read_variable_integer(ByteReader& input);
void write_variable_integer(std::uint32_t value, Bytes& out);
[[nodiscard]] std::size_t variable_integer_size(std::uint32_t value);

// A two-byte length, then the bytes. `read_text` also checks the rules for UTF-8; both give
// nullopt when the input is short.
std::optional<std::string_view> read_text(ByteReader& input);
std::optional<std::string_view> read_binary(ByteReader& input);
void write_text(std::string_view text, Bytes& out);

}  // namespace fastness::mqtt
