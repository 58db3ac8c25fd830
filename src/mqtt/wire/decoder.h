#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "mqtt/wire/packets.h"

namespace fastness::mqtt {

// One packet as it stands in the input: its first byte and what follows the length.
struct Frame {
  PacketType type;
  std::uint8_t flags;  // the low four bits of the first byte
  ByteView body;
  std::size_t size;  // of the whole packet: how far the input is to be advanced
};

// Finds the packet at the front of `input`. Null if more bytes are needed to see its end. Fails
// with packet_too_large as soon as the length says more than `maximum_size` for the whole packet,
// before those bytes have arrived.
Decoded<std::optional<Frame>> next_frame(ByteView input, std::size_t maximum_size);

// Reads a packet strictly: everything the specification calls malformed or a protocol error and
// that can be seen without knowing the session is refused. CONNECT says its own version;
// `unsupported_protocol_version` if that is neither 3.1.1 nor 5.0. The views in the packet point
// into `frame.body`.
Decoded<Packet> decode(const Frame& frame, Version version);

}  // namespace fastness::mqtt
