// MQTT 3.1.1 packets as a client writes and reads them. On purpose not the project's own, so that
// a mistake which both sides share cannot hide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fastness::load {

using Packet = std::string;

inline constexpr std::uint8_t kConnack = 0x20;
inline constexpr std::uint8_t kPublish = 0x30;
inline constexpr std::uint8_t kPuback = 0x40;
inline constexpr std::uint8_t kSuback = 0x90;
inline constexpr std::uint8_t kPingresp = 0xd0;

struct Message {
  std::string_view topic;
  std::string_view payload;
  int qos = 0;
  bool retain = false;
  std::uint16_t id = 0;  // unless QoS 0
};

Packet connect_packet(std::string_view client_id);
Packet subscribe_packet(std::span<const std::string> filters, int qos);
Packet publish_packet(const Message& message);
Packet puback_packet(std::uint16_t id);
Packet pingreq_packet();
Packet disconnect_packet();

// One whole packet at the beginning of some bytes.
struct Frame {
  std::uint8_t type = 0;   // the high four bits of the first byte
  std::uint8_t flags = 0;  // its low four bits
  std::string_view body;
  std::size_t size = 0;  // of the packet; 0: the bytes do not hold a whole one yet
};
Frame first_frame(std::string_view bytes);

// The body of a PUBLISH, taken apart; its views point into that body.
Message parse_publish(const Frame& frame);

}  // namespace fastness::load
