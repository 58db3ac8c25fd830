#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "history/codec/bits.h"

namespace fastness::history {

// Any integers; those that stay near each other, or change evenly, are small. Written as they are,
// as differences, or as differences of differences, whichever is shortest.
void encode_integers(std::span<const std::int64_t> values, BitWriter& out);
// `count` of them. Anything decodes to something: check `in.ok()`.
[[nodiscard]] std::vector<std::int64_t> decode_integers(std::size_t count, BitReader& in);

// Ascending times. Their largest common step is divided out first, so that whole seconds cost no
// more than microseconds.
void encode_times(std::span<const std::int64_t> ascending, BitWriter& out);
[[nodiscard]] std::vector<std::int64_t> decode_times(std::size_t count, BitReader& in);

}  // namespace fastness::history
