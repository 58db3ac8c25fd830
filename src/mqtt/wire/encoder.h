// Writers of packets: each appends one packet to `out`, in the exact size that stock boards insist
// on (CONNACK and PUBACK of 3.1.1 have two bytes after the length, SUBACK one per filter more).
// Preconditions: texts are at most 65,535 bytes, the whole packet at most 256 MiB.
#pragma once

#include "base/bytes.h"
#include "mqtt/wire/packets.h"

namespace fastness::mqtt {

void encode(const Connect& packet, Bytes& out);
void encode(const Connack& packet, Version version, Bytes& out);
void encode(const Publish& packet, Version version, Bytes& out);
void encode(const Acknowledgement& packet, Version version, Bytes& out);
void encode(const Subscribe& packet, Version version, Bytes& out);
void encode(const Suback& packet, Version version, Bytes& out);
void encode(const Unsubscribe& packet, Version version, Bytes& out);
void encode(const Unsuback& packet, Version version, Bytes& out);
void encode(const Pingreq& packet, Version version, Bytes& out);
void encode(const Pingresp& packet, Version version, Bytes& out);
void encode(const Disconnect& packet, Version version, Bytes& out);
// 5.0 only; nothing is written for a 3.1.1 client.
void encode(const Auth& packet, Version version, Bytes& out);

// A PUBLISH whose properties were encoded before (`write_property_fields`), as the fan-out to many
// subscribers wants it. `more_properties` holds those that differ from one receiver to the next.
struct PreparedPublish {
  std::string_view topic;
  ByteView payload;
  ByteView properties;
  ByteView more_properties;
  Qos qos = Qos::at_most_once;
  bool retain = false;
  bool duplicate = false;
  std::uint16_t packet_id = 0;
};
void encode(const PreparedPublish& packet, Version version, Bytes& out);

// How many bytes `encode` would append.
[[nodiscard]] std::size_t encoded_size(const PreparedPublish& packet, Version version);

}  // namespace fastness::mqtt
