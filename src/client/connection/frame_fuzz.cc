// Whatever a server sends as WebSocket frames, only whole frames within the limit come out, and
// none of them ends outside the input.
#include <cstdint>
#include <cstdlib>

#include "client/connection/web_socket.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMost = 1'000;
  fastness::ByteView rest(data, size);
  while (true) {
    const auto frame = fastness::client::parse_web_socket_frame(rest, kMost);
    if (!frame || !frame->has_value()) return 0;
    const auto& [opcode, is_last, payload, whole] = **frame;
    if (payload.size() > kMost || whole > rest.size() || whole < payload.size()) std::abort();
    rest = rest.subspan(whole);
  }
}
