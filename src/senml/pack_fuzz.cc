// Whatever is accepted as a pack is written again so that it reads the same.

#include <cstdint>
#include <cstdlib>

#include "senml/pack.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fastness::senml::decode;
  using fastness::senml::encode;

  const auto pack = decode({data, size});
  if (!pack) return 0;
  const fastness::Bytes once = encode(pack->records);
  const auto again = decode(once);
  if (!again || again->records.size() != pack->records.size()) std::abort();
  // Bytes, not records: NaN does not equal itself.
  if (encode(again->records) != once) std::abort();
  return 0;
}
