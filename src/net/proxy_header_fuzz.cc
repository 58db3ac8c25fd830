// What a proxy sends first. The header ends where it says, whatever follows; all that comes before
// its end is a beginning of it and no other header.

#include <cstdint>
#include <cstdlib>

#include "net/proxy_header.h"

using namespace fastness;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto parsed = net::parse_proxy_header(input);
  if (!parsed) return 0;
  if (!*parsed) {
    if (size >= net::kMaxProxyHeader) std::abort();
    return 0;
  }
  const net::ProxyHeader& header = **parsed;
  if (header.size == 0 || header.size > size || header.size > net::kMaxProxyHeader) std::abort();
  const auto alone = net::parse_proxy_header(input.first(header.size));
  if (!alone || !*alone || (*alone)->source != header.source) std::abort();
  for (std::size_t begun = 0; begun < header.size; ++begun) {
    const auto part = net::parse_proxy_header(input.first(begun));
    if (!part || part->has_value()) std::abort();
  }
  return 0;
}
