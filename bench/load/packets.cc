#include "packets.h"

namespace fastness::load {
namespace {

void put_length(Packet& packet, std::size_t size) {
  do {
    auto digit = static_cast<std::uint8_t>(size % 128);
    size /= 128;
    if (size > 0) digit |= 0x80U;
    packet.push_back(static_cast<char>(digit));
  } while (size > 0);
}

void put_u16(Packet& packet, std::size_t value) {
  packet.push_back(static_cast<char>(value >> 8U));
  packet.push_back(static_cast<char>(value & 0xffU));
}

void put_text(Packet& packet, std::string_view text) {
  put_u16(packet, text.size());
  packet.append(text);
}

std::size_t u16_at(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) -> std::size_t {
    return static_cast<std::uint8_t>(bytes[i]);
  };
  return (byte(at) << 8U) | byte(at + 1);
}

Packet finish(std::uint8_t first, const Packet& body) {
  Packet packet(1, static_cast<char>(first));
  put_length(packet, body.size());
  return packet + body;
}

}  // namespace

Packet connect_packet(std::string_view client_id) {
  Packet body;
  put_text(body, "MQTT");
  body += std::string("\x04\x02\x0e\x10", 4);  // 3.1.1, clean session, keep-alive an hour
  put_text(body, client_id);
  return finish(0x10, body);
}

Packet subscribe_packet(std::span<const std::string> filters, int qos) {
  Packet body;
  put_u16(body, 1);
  for (const std::string& filter : filters) {
    put_text(body, filter);
    body.push_back(static_cast<char>(qos));
  }
  return finish(0x82, body);
}

Packet publish_packet(const Message& message) {
  Packet body;
  put_text(body, message.topic);
  if (message.qos > 0) put_u16(body, message.id);
  body.append(message.payload);
  const int flags = (message.qos << 1) | (message.retain ? 1 : 0);
  return finish(static_cast<std::uint8_t>(kPublish | flags), body);
}

Packet puback_packet(std::uint16_t id) {
  Packet body;
  put_u16(body, id);
  return finish(kPuback, body);
}

Packet pingreq_packet() {
  return {"\xc0\x00", 2};
}
Packet disconnect_packet() {
  return {"\xe0\x00", 2};
}

Frame first_frame(std::string_view bytes) {
  std::size_t length = 0;
  std::size_t at = 1;
  for (unsigned shift = 0;; shift += 7) {
    if (at >= bytes.size()) return {};
    const auto digit = static_cast<std::uint8_t>(bytes[at++]);
    length |= static_cast<std::size_t>(digit & 0x7fU) << shift;
    if ((digit & 0x80U) == 0) break;
  }
  if (at + length > bytes.size()) return {};
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  return {static_cast<std::uint8_t>(first & 0xf0U), static_cast<std::uint8_t>(first & 0x0fU),
          bytes.substr(at, length), at + length};
}

Message parse_publish(const Frame& frame) {
  Message message;
  message.qos = (frame.flags >> 1) & 3;
  message.retain = (frame.flags & 1U) != 0;
  const std::size_t topic_size = u16_at(frame.body, 0);
  message.topic = frame.body.substr(2, topic_size);
  std::size_t at = 2 + topic_size;
  if (message.qos > 0) {
    message.id = static_cast<std::uint16_t>(u16_at(frame.body, at));
    at += 2;
  }
  message.payload = frame.body.substr(at);
  return message;
}

}  // namespace fastness::load
