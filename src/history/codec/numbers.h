#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "history/codec/bits.h"

namespace fastness::history {

// Any doubles, bit for bit, NaN and negative zero included. Most measurements are decimals with few
// digits, as doubles or as floats that a board sent: those become integers. The rest is written
// as differences of bit patterns (Gorilla, VLDB 2015, section 4.1.2).
void encode_numbers(std::span<const double> values, BitWriter& out);
// `count` of them. Anything decodes to something: check `in.ok()`.
[[nodiscard]] std::vector<double> decode_numbers(std::size_t count, BitReader& in);

}  // namespace fastness::history
