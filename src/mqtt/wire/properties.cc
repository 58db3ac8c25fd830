#include "mqtt/wire/properties.h"

#include <concepts>

#include "mqtt/wire/utf8.h"

namespace fastness::mqtt {
namespace {

constexpr unsigned bit(PropertyPlace place) {
  return 1U << static_cast<unsigned>(place);
}

constexpr unsigned kConnect = bit(PropertyPlace::connect);
constexpr unsigned kWill = bit(PropertyPlace::will);
constexpr unsigned kConnack = bit(PropertyPlace::connack);
constexpr unsigned kPublish = bit(PropertyPlace::publish);
constexpr unsigned kSubscribe = bit(PropertyPlace::subscribe);
constexpr unsigned kDisconnect = bit(PropertyPlace::disconnect);
constexpr unsigned kAuth = bit(PropertyPlace::auth);
constexpr unsigned kReasoned = kConnack | bit(PropertyPlace::acknowledgement) |
                               bit(PropertyPlace::suback) | bit(PropertyPlace::unsuback) |
                               kDisconnect | kAuth;

constexpr std::uint8_t kSubscriptionIdentifier = 11;
constexpr std::uint8_t kUserProperty = 38;

// How the bytes of a property are to be understood beyond their type.
enum class Rule : std::uint8_t { none, flag, not_zero, text, binary, topic };

// The table of MQTT 5.0, 2.2.2.2: calls visit(identifier, places, rule, field) for every property
// that may stand once. The two that may repeat are handled beside it.
template <typename P, typename Visit>
void for_each_property(P& p, const Visit& visit) {
  visit(1, kPublish | kWill, Rule::flag, p.payload_format);
  visit(2, kPublish | kWill, Rule::none, p.message_expiry);
  visit(3, kPublish | kWill, Rule::text, p.content_type);
  visit(8, kPublish | kWill, Rule::topic, p.response_topic);
  visit(9, kPublish | kWill, Rule::binary, p.correlation_data);
  visit(17, kConnect | kConnack | kDisconnect, Rule::none, p.session_expiry);
  visit(18, kConnack, Rule::text, p.assigned_client_identifier);
  visit(19, kConnack, Rule::none, p.server_keep_alive);
  visit(21, kConnect | kConnack | kAuth, Rule::text, p.authentication_method);
  visit(22, kConnect | kConnack | kAuth, Rule::binary, p.authentication_data);
  visit(23, kConnect, Rule::flag, p.request_problem_information);
  visit(24, kWill, Rule::none, p.will_delay);
  visit(25, kConnect, Rule::flag, p.request_response_information);
  visit(26, kConnack, Rule::text, p.response_information);
  visit(28, kConnack | kDisconnect, Rule::text, p.server_reference);
  visit(31, kReasoned, Rule::text, p.reason_string);
  visit(33, kConnect | kConnack, Rule::not_zero, p.receive_maximum);
  visit(34, kConnect | kConnack, Rule::none, p.topic_alias_maximum);
  visit(35, kPublish, Rule::none, p.topic_alias);
  visit(36, kConnack, Rule::flag, p.maximum_qos);
  visit(37, kConnack, Rule::flag, p.retain_available);
  visit(39, kConnect | kConnack, Rule::not_zero, p.maximum_packet_size);
  visit(40, kConnack, Rule::flag, p.wildcard_subscription_available);
  visit(41, kConnack, Rule::flag, p.subscription_identifier_available);
  visit(42, kConnack, Rule::flag, p.shared_subscription_available);
}

template <std::unsigned_integral T>
Decoded<void> read_value(ByteReader& input, Rule rule, std::optional<T>& field) {
  T value = 0;
  if constexpr (sizeof(T) == 1) value = input.u8();
  if constexpr (sizeof(T) == 2) value = input.u16();
  if constexpr (sizeof(T) == 4) value = input.u32();
  if (!input.ok()) return malformed("property is cut short");
  if (rule == Rule::flag && value > 1) return protocol_error("property is neither 0 nor 1");
  if (rule == Rule::not_zero && value == 0) return protocol_error("property is zero");
  field = value;
  return {};
}

Decoded<void> read_value(ByteReader& input, Rule rule, std::optional<std::string_view>& field) {
  field = rule == Rule::binary ? read_binary(input) : read_text(input);
  if (!field) return malformed("property text is cut short or not UTF-8");
  if (rule == Rule::topic && (field->empty() || field->find_first_of("+#") != field->npos)) {
    return protocol_error("response topic has wildcards");
  }
  return {};
}

Decoded<void> read_repeatable(ByteReader& input, std::uint8_t identifier, PropertyPlace place,
                              Properties& out) {
  if (identifier == kUserProperty) {
    const auto name = read_text(input);
    const auto value = name ? read_text(input) : std::nullopt;
    if (!value) return malformed("user property is cut short or not UTF-8");
    out.user.push_back({*name, *value});
    return {};
  }
  if ((bit(place) & (kPublish | kSubscribe)) == 0) {
    return protocol_error("property does not belong in this packet");
  }
  const auto value = read_variable_integer(input);
  if (!value) return malformed("subscription identifier is malformed");
  if (*value == 0) return protocol_error("subscription identifier is zero");
  if (place == PropertyPlace::subscribe && !out.subscription_identifiers.empty()) {
    return protocol_error("property stands twice");
  }
  out.subscription_identifiers.push_back(*value);
  return {};
}

Decoded<void> read_property(ByteReader& input, std::uint8_t identifier, PropertyPlace place,
                            Properties& out) {
  if (identifier == kUserProperty || identifier == kSubscriptionIdentifier) {
    return read_repeatable(input, identifier, place, out);
  }
  Decoded<void> outcome = malformed("unknown property");
  for_each_property(out, [&](std::uint8_t id, unsigned places, Rule rule, auto& field) {
    if (id != identifier) return;
    if ((places & bit(place)) == 0) {
      outcome = protocol_error("property does not belong in this packet");
    } else if (field) {
      outcome = protocol_error("property stands twice");
    } else {
      outcome = read_value(input, rule, field);
    }
  });
  return outcome;
}

template <std::unsigned_integral T>
void write_value(T value, Bytes& out) {
  ByteWriter(out).integer(value);
}
void write_value(std::string_view value, Bytes& out) {
  write_text(value, out);
}

}  // namespace

const Properties& OptionalProperties::none() {
  static const Properties none;
  return none;
}

std::optional<std::uint32_t> read_variable_integer(ByteReader& input) {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    const std::uint8_t byte = input.u8();
    if (!input.ok()) return std::nullopt;
    value |= std::uint32_t{byte & 0x7fU} << shift;
    if ((byte & 0x80U) == 0) {
      const bool padded = byte == 0 && shift != 0;
      return padded ? std::nullopt : std::optional(value);
    }
  }
  return std::nullopt;
}

void write_variable_integer(std::uint32_t value, Bytes& out) {
  for (; value > 0x7f; value >>= 7U) out.push_back(static_cast<std::uint8_t>(value | 0x80U));
  out.push_back(static_cast<std::uint8_t>(value));
}

std::size_t variable_integer_size(std::uint32_t value) {
  std::size_t size = 1;
  for (; value > 0x7f; value >>= 7U) ++size;
  return size;
}

std::optional<std::string_view> read_binary(ByteReader& input) {
  const std::uint16_t size = input.u16();
  const ByteView bytes = input.raw(size);
  if (!input.ok()) return std::nullopt;
  return as_text(bytes);
}

std::optional<std::string_view> read_text(ByteReader& input) {
  const auto text = read_binary(input);
  if (!text || !is_permitted_utf8(*text)) return std::nullopt;
  return text;
}

void write_text(std::string_view text, Bytes& out) {
  ByteWriter writer(out);
  writer.u16(static_cast<std::uint16_t>(text.size()));
  writer.raw(as_bytes(text));
}

Decoded<Properties> read_properties(ByteReader& input, PropertyPlace place) {
  const auto size = read_variable_integer(input);
  if (!size) return malformed("property length is malformed");
  ByteReader block(input.raw(*size));
  if (!input.ok()) return malformed("properties are cut short");

  Properties out;
  while (!block.rest().empty()) {
    const std::uint8_t identifier = block.u8();
    FASTNESS_RETURN_IF_ERROR(read_property(block, identifier, place, out));
  }
  if (out.authentication_data && !out.authentication_method) {
    return protocol_error("authentication data without a method");
  }
  return out;
}

void write_property_fields(const Properties& properties, Bytes& out) {
  for_each_property(properties, [&](std::uint8_t id, unsigned, Rule, const auto& field) {
    if (!field) return;
    out.push_back(id);
    write_value(*field, out);
  });
  for (const std::uint32_t identifier : properties.subscription_identifiers) {
    out.push_back(kSubscriptionIdentifier);
    write_variable_integer(identifier, out);
  }
  for (const UserProperty& user : properties.user) {
    out.push_back(kUserProperty);
    write_text(user.name, out);
    write_text(user.value, out);
  }
}

void write_properties(const Properties& properties, Bytes& out) {
  Bytes fields;
  write_property_fields(properties, fields);
  write_variable_integer(static_cast<std::uint32_t>(fields.size()), out);
  out.insert(out.end(), fields.begin(), fields.end());
}

}  // namespace fastness::mqtt
