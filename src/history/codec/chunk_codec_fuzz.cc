// Decodes arbitrary bytes as a chunk and as a roll-up; what decodes must survive being written and
// read again.

#include <bit>
#include <cstdint>
#include <cstdlib>

#include "history/codec/chunk_codec.h"
#include "history/rollup.h"

namespace {

using fastness::history::Point;

bool is_same(const Point& a, const Point& b) {
  const auto* x = a.value.get<double>();
  const auto* y = b.value.get<double>();
  if (x != nullptr && y != nullptr) {
    return a.time == b.time && std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y);
  }
  fastness::Bytes left;
  fastness::Bytes right;
  fastness::ByteWriter left_out(left);
  fastness::ByteWriter right_out(right);
  a.value.encode(left_out);
  b.value.encode(right_out);
  return a.time == b.time && left == right;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fastness::ByteView input(data, size);
  static_cast<void>(fastness::history::decode_summaries(input));
  const auto points = fastness::history::decode_chunk(input);
  if (!points) return 0;
  const auto again = fastness::history::decode_chunk(fastness::history::encode_chunk(*points));
  if (!again || again->size() != points->size()) std::abort();
  for (std::size_t i = 0; i < points->size(); ++i) {
    if (!is_same((*again)[i], (*points)[i])) std::abort();
  }
  return 0;
}
