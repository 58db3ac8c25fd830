#include "history/codec/bits.h"

#include <algorithm>
#include <bit>

namespace fastness::history {
namespace {

constexpr std::size_t kBlock = 32;
constexpr unsigned kWidthBits = 7;  // 0 to 64

unsigned width_of(std::span<const std::uint64_t> block) {
  std::uint64_t all = 0;
  for (const std::uint64_t number : block) all |= number;
  return static_cast<unsigned>(std::bit_width(all));
}

std::uint64_t low_bits(std::uint64_t value, unsigned width) {
  return width == 64 ? value : value & ((std::uint64_t{1} << width) - 1U);
}

}  // namespace

void BitWriter::put(std::uint64_t value, unsigned width) {
  while (width != 0) {
    if (free_ == 0) {
      out_.push_back(0);
      free_ = 8;
    }
    const unsigned count = std::min(width, free_);
    const std::uint64_t part = low_bits(value >> (width - count), count);
    out_.back() = static_cast<std::uint8_t>(out_.back() | (part << (free_ - count)));
    free_ -= count;
    width -= count;
  }
}

void BitWriter::put_number(std::uint64_t value) {
  while (value >= 0x80) {
    put((value & 0x7fU) | 0x80U, 8);
    value >>= 7U;
  }
  put(value, 8);
}

std::uint64_t BitReader::get(unsigned width) {
  if (at_ + width > in_.size() * 8) {
    ok_ = false;
    at_ = in_.size() * 8;
    return 0;
  }
  std::uint64_t value = 0;
  while (width != 0) {
    const unsigned free = 8 - static_cast<unsigned>(at_ % 8);
    const unsigned count = std::min(width, free);
    const std::uint64_t byte = in_[at_ / 8];
    value = (value << count) | low_bits(byte >> (free - count), count);
    at_ += count;
    width -= count;
  }
  return value;
}

std::uint64_t BitReader::get_number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t byte = get(8);
    value |= (byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0) return value;
  }
  ok_ = false;  // longer than any number is written
  return 0;
}

void pack(std::span<const std::uint64_t> numbers, BitWriter& out) {
  while (!numbers.empty()) {
    const auto block = numbers.first(std::min(kBlock, numbers.size()));
    const unsigned width = width_of(block);
    out.put(width, kWidthBits);
    for (const std::uint64_t number : block) out.put(number, width);
    numbers = numbers.subspan(block.size());
  }
}

std::size_t packed_size(std::span<const std::uint64_t> numbers) {
  std::size_t bits = 0;
  while (!numbers.empty()) {
    const auto block = numbers.first(std::min(kBlock, numbers.size()));
    bits += kWidthBits + width_of(block) * block.size();
    numbers = numbers.subspan(block.size());
  }
  return bits;
}

void unpack(std::span<std::uint64_t> numbers, BitReader& in) {
  while (!numbers.empty()) {
    const auto block = numbers.first(std::min(kBlock, numbers.size()));
    // Seven bits can say more than 64; such a width was never written, and is read as nothing.
    const auto width = static_cast<unsigned>(in.get(kWidthBits));
    for (std::uint64_t& number : block) number = width <= 64 ? in.get(width) : 0;
    numbers = numbers.subspan(block.size());
  }
}

}  // namespace fastness::history
