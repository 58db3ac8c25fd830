// Feeds arbitrary bytes as a stream of packets of both versions. Whatever decodes must encode to
// something that decodes to the same packet again, and never read outside the input.

#include <cstdint>
#include <cstdlib>

#include "mqtt/wire/decoder.h"
#include "mqtt/wire/encoder.h"

namespace fastness::mqtt {
namespace {

Bytes encode_any(const Packet& packet, Version version) {
  Bytes out;
  std::visit(
      [&](const auto& p) {
        if constexpr (std::is_same_v<std::decay_t<decltype(p)>, Connect>) {
          encode(p, out);
        } else {
          encode(p, version, out);
        }
      },
      packet);
  return out;
}

void check_round_trip(const Packet& packet, Version version) {
  const Bytes once = encode_any(packet, version);
  const auto frame = next_frame(once, kMaxVariableInteger);
  if (!frame || !*frame || (*frame)->size != once.size()) std::abort();
  const auto again = decode(**frame, version);
  if (!again || again->index() != packet.index()) std::abort();
  if (encode_any(*again, version) != once) std::abort();
}

}  // namespace
}  // namespace fastness::mqtt

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness::mqtt;
  for (const Version version : {Version::v311, Version::v5}) {
    fastness::ByteView rest(data, size);
    while (!rest.empty()) {
      const auto frame = next_frame(rest, 1'000'000);
      if (!frame || !*frame) break;
      const auto packet = decode(**frame, version);
      if (!packet) break;
      check_round_trip(*packet, version);
      rest = rest.subspan((*frame)->size);
    }
  }
  return 0;
}
