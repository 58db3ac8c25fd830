#include "gateway/hosting/traffic.h"

#include "mqtt/wire/decoder.h"
#include "mqtt/wire/properties.h"

namespace fastness::gateway {
namespace {

constexpr unsigned kQosBits = 0x06;

std::size_t payload_size(const mqtt::Frame& publish, mqtt::Version version) {
  ByteReader in(publish.body);
  (void)in.raw(in.u16());
  if ((publish.flags & kQosBits) != 0) (void)in.u16();
  if (version == mqtt::Version::v5) (void)in.raw(mqtt::read_variable_integer(in).value_or(0));
  return in.rest().size();
}

}  // namespace

void Traffic::count_sent(ByteView packets, mqtt::Version version) {
  while (!packets.empty()) {
    const auto frame = mqtt::next_frame(packets, packets.size());
    if (!frame || !*frame) return;
    sent.count((*frame)->size);
    if ((*frame)->type == mqtt::PacketType::publish) {
      sent.count_publish(payload_size(**frame, version));
    }
    packets = packets.subspan((*frame)->size);
  }
}

}  // namespace fastness::gateway
