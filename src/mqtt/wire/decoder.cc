#include "mqtt/wire/decoder.h"

#include <algorithm>
#include <initializer_list>

namespace fastness::mqtt {
namespace {

// A packet's reason code must be one that its type may carry (MQTT 5.0, table 2.6).
bool is_one_of(std::uint8_t code, std::initializer_list<int> permitted) {
  return std::find(permitted.begin(), permitted.end(), code) != permitted.end();
}

bool may_carry(PacketType type, std::uint8_t code) {
  switch (type) {
    case PacketType::connack:
      return is_one_of(code, {0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
                              0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9f});
    case PacketType::puback:
    case PacketType::pubrec:
      return is_one_of(code, {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99});
    case PacketType::pubrel:
    case PacketType::pubcomp:
      return is_one_of(code, {0x00, 0x92});
    case PacketType::suback:
      return is_one_of(code,
                       {0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2});
    case PacketType::unsuback:
      return is_one_of(code, {0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91});
    case PacketType::disconnect:
      return code == 0x00 || code == 0x04 ||
             (code >= 0x80 && code <= 0xa2 &&
              !is_one_of(code, {0x84, 0x85, 0x86, 0x88, 0x8a, 0x8c, 0x91, 0x92}));
    case PacketType::auth:
      return is_one_of(code, {0x00, 0x18, 0x19});
    default:
      return false;
  }
}

Decoded<Properties> properties_of(ByteReader& in, Version version, PropertyPlace place) {
  if (version != Version::v5) return Properties{};
  return read_properties(in, place);
}

// The same for a packet that mostly has none, of which a byte of zero tells.
Decoded<OptionalProperties> optional_properties_of(ByteReader& in, Version version,
                                                   PropertyPlace place) {
  if (version == Version::v311) return OptionalProperties();
  if (!in.rest().empty() && in.rest().front() == 0) {
    (void)in.u8();
    return OptionalProperties();
  }
  FASTNESS_ASSIGN_OR_RETURN(Properties properties, read_properties(in, place));
  return OptionalProperties(std::move(properties));
}

Decoded<void> expect_end(const ByteReader& in) {
  if (!in.ok()) return malformed("packet is cut short");
  if (!in.rest().empty()) return malformed("bytes after the end of the packet");
  return {};
}

Decoded<std::uint16_t> read_packet_id(ByteReader& in) {
  const std::uint16_t id = in.u16();
  if (!in.ok()) return malformed("packet identifier is missing");
  if (id == 0) return protocol_error("packet identifier is zero");
  return id;
}

bool has_wildcard(std::string_view topic) {
  return topic.find_first_of("+#") != std::string_view::npos;
}

// --- CONNECT --------------------------------------------------------------------------------

constexpr std::uint8_t kCleanStart = 0x02;
constexpr std::uint8_t kHasWill = 0x04;
constexpr std::uint8_t kWillRetain = 0x20;
constexpr std::uint8_t kHasPassword = 0x40;
constexpr std::uint8_t kHasUsername = 0x80;

Decoded<Version> read_protocol(ByteReader& in) {
  const auto name = read_binary(in);
  if (!name) return malformed("CONNECT has no protocol name");
  const std::uint8_t level = in.u8();
  if (!in.ok()) return malformed("CONNECT has no protocol level");
  if (*name == "MQTT" && level == 4) return Version::v311;
  if (*name == "MQTT" && level == 5) return Version::v5;
  if (*name == "MQTT" || *name == "MQIsdp") {
    return Unexpected<Malformed>{
        {ReasonCode::unsupported_protocol_version, "the versions here are 3.1.1 and 5.0"}};
  }
  return malformed("CONNECT is not MQTT");
}

Decoded<void> check_connect_flags(std::uint8_t flags, Version version) {
  if ((flags & 1U) != 0) return malformed("CONNECT sets its reserved flag");
  const unsigned will_qos = (flags >> 3U) & 3U;
  if (will_qos == 3) return malformed("will has QoS 3");
  if ((flags & kHasWill) == 0 && (will_qos != 0 || (flags & kWillRetain) != 0)) {
    return malformed("CONNECT describes a will it does not have");
  }
  const bool password_alone = (flags & kHasPassword) != 0 && (flags & kHasUsername) == 0;
  if (version == Version::v311 && password_alone) {
    return malformed("CONNECT has a password but no user name");
  }
  return {};
}

Decoded<Will> read_will(ByteReader& in, std::uint8_t flags, Version version) {
  Will will;
  will.qos = static_cast<Qos>((flags >> 3U) & 3U);
  will.retain = (flags & kWillRetain) != 0;
  FASTNESS_ASSIGN_OR_RETURN(will.properties, properties_of(in, version, PropertyPlace::will));
  const auto topic = read_text(in);
  const auto payload = topic ? read_binary(in) : std::nullopt;
  if (!payload) return malformed("will is cut short or its topic not UTF-8");
  if (topic->empty() || has_wildcard(*topic)) {
    return Unexpected<Malformed>{{ReasonCode::topic_name_invalid, "will topic"}};
  }
  will.topic = *topic;
  will.payload = *payload;
  return will;
}

Decoded<Packet> decode_connect(ByteReader in) {
  Connect connect;
  FASTNESS_ASSIGN_OR_RETURN(connect.version, read_protocol(in));
  const std::uint8_t flags = in.u8();
  connect.keep_alive = in.u16();
  if (!in.ok()) return malformed("CONNECT is cut short");
  FASTNESS_RETURN_IF_ERROR(check_connect_flags(flags, connect.version));
  connect.clean_start = (flags & kCleanStart) != 0;
  FASTNESS_ASSIGN_OR_RETURN(connect.properties,
                            properties_of(in, connect.version, PropertyPlace::connect));

  const auto client_id = read_text(in);
  if (!client_id) return malformed("client identifier is cut short or not UTF-8");
  connect.client_id = *client_id;
  if ((flags & kHasWill) != 0) {
    FASTNESS_ASSIGN_OR_RETURN(connect.will, read_will(in, flags, connect.version));
  }
  if ((flags & kHasUsername) != 0) {
    connect.username = read_text(in);
    if (!connect.username) return malformed("user name is cut short or not UTF-8");
  }
  if ((flags & kHasPassword) != 0) {
    connect.password = read_binary(in);
    if (!connect.password) return malformed("password is cut short");
  }
  FASTNESS_RETURN_IF_ERROR(expect_end(in));
  return Packet(std::move(connect));
}

// CONNACK of 3.1.1 has six return codes of its own (3.1.1, 3.2.2.3).
Decoded<ReasonCode> read_return_code(std::uint8_t code, Version version) {
  constexpr ReasonCode kOfV311[] = {
      ReasonCode::success,
      ReasonCode::unsupported_protocol_version,
      ReasonCode::client_identifier_not_valid,
      ReasonCode::server_unavailable,
      ReasonCode::bad_user_name_or_password,
      ReasonCode::not_authorised,
  };
  if (version == Version::v311) {
    if (code >= std::size(kOfV311)) return malformed("unknown return code");
    return kOfV311[code];
  }
  if (!may_carry(PacketType::connack, code)) return malformed("unknown reason code");
  return static_cast<ReasonCode>(code);
}

Decoded<Packet> decode_connack(ByteReader in, Version version) {
  const std::uint8_t flags = in.u8();
  const std::uint8_t code = in.u8();
  if (!in.ok() || flags > 1) return malformed("CONNACK flags");
  Connack connack;
  connack.session_present = flags == 1;
  FASTNESS_ASSIGN_OR_RETURN(connack.reason, read_return_code(code, version));
  FASTNESS_ASSIGN_OR_RETURN(connack.properties, properties_of(in, version, PropertyPlace::connack));
  FASTNESS_RETURN_IF_ERROR(expect_end(in));
  return Packet(std::move(connack));
}

// --- PUBLISH and its acknowledgements -------------------------------------------------------

Decoded<Packet> decode_publish(std::uint8_t flags, ByteReader in, Version version) {
  Publish publish;
  const unsigned qos = (flags >> 1U) & 3U;
  if (qos == 3) return malformed("PUBLISH has QoS 3");
  publish.qos = static_cast<Qos>(qos);
  publish.retain = (flags & 1U) != 0;
  publish.duplicate = (flags & 8U) != 0;
  if (publish.duplicate && qos == 0) return malformed("PUBLISH of QoS 0 says DUP");

  const auto topic = read_text(in);
  if (!topic) return malformed("topic is cut short or not UTF-8");
  publish.topic = *topic;
  if (qos != 0) {
    FASTNESS_ASSIGN_OR_RETURN(publish.packet_id, read_packet_id(in));
  }
  FASTNESS_ASSIGN_OR_RETURN(publish.properties,
                            optional_properties_of(in, version, PropertyPlace::publish));
  if (has_wildcard(publish.topic)) {
    return Unexpected<Malformed>{{ReasonCode::topic_name_invalid, "topic has wildcards"}};
  }
  if (publish.topic.empty() && !publish.properties->topic_alias) {
    return protocol_error("topic is empty");
  }
  publish.payload = in.rest();
  return Packet(std::move(publish));
}

Decoded<Packet> decode_acknowledgement(PacketType type, ByteReader in, Version version) {
  Acknowledgement ack;
  ack.type = type;
  FASTNESS_ASSIGN_OR_RETURN(ack.packet_id, read_packet_id(in));
  if (version == Version::v311 || in.rest().empty()) {
    FASTNESS_RETURN_IF_ERROR(expect_end(in));
    return Packet(std::move(ack));
  }
  const std::uint8_t code = in.u8();
  if (!may_carry(type, code)) return protocol_error("reason code does not belong in this packet");
  ack.reason = static_cast<ReasonCode>(code);
  if (!in.rest().empty()) {
    FASTNESS_ASSIGN_OR_RETURN(ack.properties,
                              optional_properties_of(in, version, PropertyPlace::acknowledgement));
  }
  FASTNESS_RETURN_IF_ERROR(expect_end(in));
  return Packet(std::move(ack));
}

// --- SUBSCRIBE and UNSUBSCRIBE --------------------------------------------------------------

Decoded<SubscriptionOptions> read_options(std::uint8_t byte, Version version) {
  const std::uint8_t reserved = version == Version::v5 ? 0xc0 : 0xfc;
  if ((byte & reserved) != 0) return malformed("subscription sets reserved options");
  const unsigned qos = byte & 3U;
  const unsigned handling = (byte >> 4U) & 3U;
  if (qos == 3) return protocol_error("subscription asks for QoS 3");
  if (handling == 3) return protocol_error("subscription has retain handling 3");
  SubscriptionOptions options;
  options.maximum_qos = static_cast<Qos>(qos);
  options.no_local = (byte & 4U) != 0;
  options.retain_as_published = (byte & 8U) != 0;
  options.retain_handling = static_cast<RetainHandling>(handling);
  return options;
}

Decoded<Packet> decode_subscribe(ByteReader in, Version version) {
  Subscribe subscribe;
  FASTNESS_ASSIGN_OR_RETURN(subscribe.packet_id, read_packet_id(in));
  FASTNESS_ASSIGN_OR_RETURN(subscribe.properties,
                            properties_of(in, version, PropertyPlace::subscribe));
  while (!in.rest().empty()) {
    const auto filter = read_text(in);
    const std::uint8_t options = in.u8();
    if (!filter || !in.ok()) return malformed("topic filter is cut short or not UTF-8");
    Subscribe::Entry entry{*filter, {}};
    FASTNESS_ASSIGN_OR_RETURN(entry.options, read_options(options, version));
    subscribe.entries.push_back(entry);
  }
  if (subscribe.entries.empty()) return protocol_error("SUBSCRIBE names no topic filter");
  return Packet(std::move(subscribe));
}

Decoded<Packet> decode_unsubscribe(ByteReader in, Version version) {
  Unsubscribe unsubscribe;
  FASTNESS_ASSIGN_OR_RETURN(unsubscribe.packet_id, read_packet_id(in));
  FASTNESS_ASSIGN_OR_RETURN(unsubscribe.properties,
                            properties_of(in, version, PropertyPlace::unsubscribe));
  while (!in.rest().empty()) {
    const auto filter = read_text(in);
    if (!filter) return malformed("topic filter is cut short or not UTF-8");
    unsubscribe.filters.push_back(*filter);
  }
  if (unsubscribe.filters.empty()) return protocol_error("UNSUBSCRIBE names no topic filter");
  return Packet(std::move(unsubscribe));
}

template <typename Reply>
Decoded<Packet> decode_reply(PacketType type, ByteReader in, Version version, PropertyPlace place) {
  Reply reply;
  FASTNESS_ASSIGN_OR_RETURN(reply.packet_id, read_packet_id(in));
  FASTNESS_ASSIGN_OR_RETURN(reply.properties, properties_of(in, version, place));
  if (type == PacketType::unsuback && version == Version::v311) {
    FASTNESS_RETURN_IF_ERROR(expect_end(in));
    return Packet(std::move(reply));
  }
  for (const std::uint8_t code : in.rest()) {
    const bool known = version == Version::v5 ? may_carry(type, code) : code <= 2 || code == 0x80;
    if (!known) return protocol_error("unknown reason code");
    reply.reasons.push_back(static_cast<ReasonCode>(code));
  }
  if (reply.reasons.empty()) return protocol_error("no reason code");
  return Packet(std::move(reply));
}

// --- the rest -------------------------------------------------------------------------------

template <typename Farewell>
Decoded<Packet> decode_reasoned(PacketType type, ByteReader in, PropertyPlace place) {
  Farewell packet;
  if (in.rest().empty()) return Packet(std::move(packet));
  const std::uint8_t code = in.u8();
  if (!may_carry(type, code)) return protocol_error("reason code does not belong in this packet");
  packet.reason = static_cast<ReasonCode>(code);
  if (!in.rest().empty()) {
    FASTNESS_ASSIGN_OR_RETURN(packet.properties, read_properties(in, place));
  }
  FASTNESS_RETURN_IF_ERROR(expect_end(in));
  return Packet(std::move(packet));
}

Decoded<Packet> decode_disconnect(ByteReader in, Version version) {
  if (version == Version::v311) {
    FASTNESS_RETURN_IF_ERROR(expect_end(in));
    return Packet(Disconnect{});
  }
  return decode_reasoned<Disconnect>(PacketType::disconnect, in, PropertyPlace::disconnect);
}

template <typename Empty>
Decoded<Packet> decode_empty(const ByteReader& in) {
  FASTNESS_RETURN_IF_ERROR(expect_end(in));
  return Packet(Empty{});
}

// PUBREL, SUBSCRIBE and UNSUBSCRIBE have the flags 0010, PUBLISH its own, all others none.
bool has_expected_flags(const Frame& frame) {
  switch (frame.type) {
    case PacketType::publish:
      return true;
    case PacketType::pubrel:
    case PacketType::subscribe:
    case PacketType::unsubscribe:
      return frame.flags == 2;
    default:
      return frame.flags == 0;
  }
}

}  // namespace

Decoded<std::optional<Frame>> next_frame(ByteView input, std::size_t maximum_size) {
  using None = std::optional<Frame>;
  if (input.empty()) return None();
  if (input[0] < 0x10) return malformed("packet type 0");

  const ByteView rest = input.subspan(1);
  ByteReader reader(rest);
  const auto length = read_variable_integer(reader);
  if (!length) {
    // Either a fifth byte would be needed or the last one only pads, or the rest has not come yet.
    const std::size_t seen = std::min<std::size_t>(rest.size(), 4);
    const bool unfinished = seen < 4 && (seen == 0 || (rest[seen - 1] & 0x80U) != 0);
    if (unfinished) return None();
    return malformed("packet length is malformed");
  }
  const std::size_t header = 1 + rest.size() - reader.rest().size();
  const std::size_t size = header + *length;
  if (size > maximum_size) {
    return Unexpected<Malformed>{{ReasonCode::packet_too_large, "packet is too large"}};
  }
  if (size > input.size()) return None();
  return std::optional(Frame{static_cast<PacketType>(input[0] >> 4U),
                             static_cast<std::uint8_t>(input[0] & 0x0fU),
                             input.subspan(header, *length), size});
}

Decoded<Packet> decode(const Frame& frame, Version version) {
  if (!has_expected_flags(frame)) return malformed("reserved header flags are set");
  const ByteReader in(frame.body);
  switch (frame.type) {
    case PacketType::connect:
      return decode_connect(in);
    case PacketType::connack:
      return decode_connack(in, version);
    case PacketType::publish:
      return decode_publish(frame.flags, in, version);
    case PacketType::puback:
    case PacketType::pubrec:
    case PacketType::pubrel:
    case PacketType::pubcomp:
      return decode_acknowledgement(frame.type, in, version);
    case PacketType::subscribe:
      return decode_subscribe(in, version);
    case PacketType::suback:
      return decode_reply<Suback>(frame.type, in, version, PropertyPlace::suback);
    case PacketType::unsubscribe:
      return decode_unsubscribe(in, version);
    case PacketType::unsuback:
      return decode_reply<Unsuback>(frame.type, in, version, PropertyPlace::unsuback);
    case PacketType::pingreq:
      return decode_empty<Pingreq>(in);
    case PacketType::pingresp:
      return decode_empty<Pingresp>(in);
    case PacketType::disconnect:
      return decode_disconnect(in, version);
    case PacketType::auth:
      if (version == Version::v311) return malformed("AUTH in 3.1.1");
      return decode_reasoned<Auth>(frame.type, in, PropertyPlace::auth);
  }
  return malformed("unknown packet type");
}

}  // namespace fastness::mqtt
