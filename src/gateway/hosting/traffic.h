#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "mqtt/wire/types.h"

namespace fastness::gateway {

// What went back and forth between an organisation and its clients since the start, in the words
// and with the meanings of mosquitto(8). Lives on its shard's loop.
struct Traffic {
  struct Way {
    std::uint64_t messages = 0;  // packets of any type
    std::uint64_t bytes = 0;     // of them, before TLS and WebSocket
    std::uint64_t publishes = 0;
    std::uint64_t payload_bytes = 0;  // of those

    void count(std::size_t packet_bytes) {
      ++messages;
      bytes += packet_bytes;
    }
    void count_publish(std::size_t payload) {
      ++publishes;
      payload_bytes += payload;
    }
  };

  Way received;
  Way sent;
  std::uint64_t dropped = 0;  // messages that a full queue or a slow reader lost, each copy

  // Counts whole packets on their way to a client of that version.
  void count_sent(ByteView packets, mqtt::Version version);
};

}  // namespace fastness::gateway
