#include "mqtt/wire/encoder.h"

#include <algorithm>

namespace fastness::mqtt {
namespace {

std::uint8_t first_byte(PacketType type, unsigned flags = 0) {
  return static_cast<std::uint8_t>((static_cast<unsigned>(type) << 4U) | flags);
}

// Appends a first byte and what `body` writes, and puts the length between the two. Most packets
// are short, so room is left for a length of one byte.
template <typename Body>
void write_packet(std::uint8_t first, Bytes& out, const Body& body) {
  out.push_back(first);
  const std::size_t length_at = out.size();
  out.push_back(0);
  body();
  const auto length = static_cast<std::uint32_t>(out.size() - length_at - 1);
  if (length < 0x80) {
    out[length_at] = static_cast<std::uint8_t>(length);
    return;
  }
  Bytes encoded;
  write_variable_integer(length, encoded);
  out[length_at] = encoded[0];
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(length_at) + 1, encoded.begin() + 1,
             encoded.end());
}

bool is_empty(const Properties& properties) {
  static const Properties none;
  return properties == none;
}

void write_properties_for(Version version, const Properties& properties, Bytes& out) {
  if (version == Version::v5) write_properties(properties, out);
}

// What follows the packet identifier of an acknowledgement, or makes up a DISCONNECT or AUTH: a
// reason and properties, both left out when they say nothing.
void write_reason(ReasonCode reason, const Properties& properties, Bytes& out) {
  const bool has_properties = !is_empty(properties);
  if (!has_properties && reason == ReasonCode::success) return;
  out.push_back(static_cast<std::uint8_t>(reason));
  if (has_properties) write_properties(properties, out);
}

std::uint8_t return_code_of_v311(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::success:
      return 0;
    case ReasonCode::unsupported_protocol_version:
      return 1;
    case ReasonCode::client_identifier_not_valid:
      return 2;
    case ReasonCode::bad_user_name_or_password:
      return 4;
    case ReasonCode::not_authorised:
    case ReasonCode::banned:
    case ReasonCode::bad_authentication_method:
      return 5;
    default:
      return 3;
  }
}

std::uint8_t options_byte(const SubscriptionOptions& options, Version version) {
  const auto qos = static_cast<unsigned>(options.maximum_qos);
  if (version == Version::v311) return static_cast<std::uint8_t>(qos);
  return static_cast<std::uint8_t>(qos | (options.no_local ? 4U : 0U) |
                                   (options.retain_as_published ? 8U : 0U) |
                                   (static_cast<unsigned>(options.retain_handling) << 4U));
}

unsigned connect_flags(const Connect& connect) {
  unsigned flags = connect.clean_start ? 0x02 : 0;
  if (connect.will) {
    flags |= 0x04U | (static_cast<unsigned>(connect.will->qos) << 3U);
    if (connect.will->retain) flags |= 0x20U;
  }
  if (connect.password) flags |= 0x40U;
  if (connect.username) flags |= 0x80U;
  return flags;
}

std::size_t remaining_length(const PreparedPublish& packet, Version version) {
  std::size_t size = 2 + packet.topic.size() + packet.payload.size();
  if (packet.qos != Qos::at_most_once) size += 2;
  if (version == Version::v5) {
    const std::size_t fields = packet.properties.size() + packet.more_properties.size();
    size += variable_integer_size(static_cast<std::uint32_t>(fields)) + fields;
  }
  return size;
}

}  // namespace

void encode(const Connect& packet, Bytes& out) {
  write_packet(first_byte(PacketType::connect), out, [&] {
    write_text("MQTT", out);
    out.push_back(static_cast<std::uint8_t>(packet.version));
    out.push_back(static_cast<std::uint8_t>(connect_flags(packet)));
    ByteWriter(out).u16(packet.keep_alive);
    write_properties_for(packet.version, packet.properties, out);
    write_text(packet.client_id, out);
    if (packet.will) {
      write_properties_for(packet.version, packet.will->properties, out);
      write_text(packet.will->topic, out);
      write_text(packet.will->payload, out);
    }
    if (packet.username) write_text(*packet.username, out);
    if (packet.password) write_text(*packet.password, out);
  });
}

void encode(const Connack& packet, Version version, Bytes& out) {
  write_packet(first_byte(PacketType::connack), out, [&] {
    // A refusal never says that a session is present (3.2.2.1.1).
    out.push_back(packet.session_present && packet.reason == ReasonCode::success ? 1 : 0);
    out.push_back(version == Version::v5 ? static_cast<std::uint8_t>(packet.reason)
                                         : return_code_of_v311(packet.reason));
    write_properties_for(version, packet.properties, out);
  });
}

void encode(const Publish& packet, Version version, Bytes& out) {
  Bytes properties;
  if (version == Version::v5) write_property_fields(packet.properties, properties);
  encode(PreparedPublish{packet.topic,
                         packet.payload,
                         properties,
                         {},
                         packet.qos,
                         packet.retain,
                         packet.duplicate,
                         packet.packet_id},
         version, out);
}

void encode(const PreparedPublish& packet, Version version, Bytes& out) {
  const unsigned flags = (packet.duplicate ? 8U : 0U) | (static_cast<unsigned>(packet.qos) << 1U) |
                         (packet.retain ? 1U : 0U);
  const std::size_t remaining = remaining_length(packet, version);
  // Growing to exactly what is needed each time would copy the buffer once a packet.
  if (out.capacity() - out.size() < remaining + 5) {
    out.reserve(std::max(out.capacity() * 2, out.size() + remaining + 5));
  }
  out.push_back(first_byte(PacketType::publish, flags));
  write_variable_integer(static_cast<std::uint32_t>(remaining), out);
  write_text(packet.topic, out);
  ByteWriter writer(out);
  if (packet.qos != Qos::at_most_once) writer.u16(packet.packet_id);
  if (version == Version::v5) {
    const std::size_t fields = packet.properties.size() + packet.more_properties.size();
    write_variable_integer(static_cast<std::uint32_t>(fields), out);
    writer.raw(packet.properties);
    writer.raw(packet.more_properties);
  }
  writer.raw(packet.payload);
}

std::size_t encoded_size(const PreparedPublish& packet, Version version) {
  const std::size_t remaining = remaining_length(packet, version);
  return 1 + variable_integer_size(static_cast<std::uint32_t>(remaining)) + remaining;
}

void encode(const Acknowledgement& packet, Version version, Bytes& out) {
  const unsigned flags = packet.type == PacketType::pubrel ? 2 : 0;
  write_packet(first_byte(packet.type, flags), out, [&] {
    ByteWriter(out).u16(packet.packet_id);
    if (version == Version::v5) write_reason(packet.reason, packet.properties, out);
  });
}

void encode(const Subscribe& packet, Version version, Bytes& out) {
  write_packet(first_byte(PacketType::subscribe, 2), out, [&] {
    ByteWriter(out).u16(packet.packet_id);
    write_properties_for(version, packet.properties, out);
    for (const Subscribe::Entry& entry : packet.entries) {
      write_text(entry.filter, out);
      out.push_back(options_byte(entry.options, version));
    }
  });
}

void encode(const Suback& packet, Version version, Bytes& out) {
  write_packet(first_byte(PacketType::suback), out, [&] {
    ByteWriter(out).u16(packet.packet_id);
    write_properties_for(version, packet.properties, out);
    for (const ReasonCode reason : packet.reasons) {
      const bool refused = version == Version::v311 && is_failure(reason);
      out.push_back(refused ? 0x80 : static_cast<std::uint8_t>(reason));
    }
  });
}

void encode(const Unsubscribe& packet, Version version, Bytes& out) {
  write_packet(first_byte(PacketType::unsubscribe, 2), out, [&] {
    ByteWriter(out).u16(packet.packet_id);
    write_properties_for(version, packet.properties, out);
    for (const std::string_view filter : packet.filters) write_text(filter, out);
  });
}

void encode(const Unsuback& packet, Version version, Bytes& out) {
  write_packet(first_byte(PacketType::unsuback), out, [&] {
    ByteWriter(out).u16(packet.packet_id);
    if (version == Version::v311) return;
    write_properties(packet.properties, out);
    for (const ReasonCode reason : packet.reasons) out.push_back(static_cast<std::uint8_t>(reason));
  });
}

void encode(const Pingreq& /*packet*/, Version /*version*/, Bytes& out) {
  write_packet(first_byte(PacketType::pingreq), out, [] {});
}

void encode(const Pingresp& /*packet*/, Version /*version*/, Bytes& out) {
  write_packet(first_byte(PacketType::pingresp), out, [] {});
}

void encode(const Disconnect& packet, Version version, Bytes& out) {
  write_packet(first_byte(PacketType::disconnect), out, [&] {
    if (version == Version::v5) write_reason(packet.reason, packet.properties, out);
  });
}

void encode(const Auth& packet, Version version, Bytes& out) {
  if (version == Version::v311) return;
  write_packet(first_byte(PacketType::auth), out,
               [&] { write_reason(packet.reason, packet.properties, out); });
}

}  // namespace fastness::mqtt
