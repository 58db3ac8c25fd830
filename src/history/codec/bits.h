#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace fastness::history {

// Appends numbers of any width to bytes, most significant bit first. Thread-compatible.
class BitWriter {
 public:
  explicit BitWriter(Bytes& out) : out_(out) {}

  // The lowest `width` bits of `value`, at most 64.
  void put(std::uint64_t value, unsigned width);

  // Any 64-bit number in groups of seven bits: small ones are short.
  void put_number(std::uint64_t value);

 private:
  Bytes& out_;         // must outlive the writer
  unsigned free_ = 0;  // unused bits of the last byte
};

// Reads what BitWriter wrote, from foreign bytes: reading past the end yields zeros, and ok() false
// from then on. Thread-compatible; the bytes must outlive it.
class BitReader {
 public:
  explicit BitReader(ByteView in) : in_(in) {}

  [[nodiscard]] std::uint64_t get(unsigned width);
  [[nodiscard]] std::uint64_t get_number();
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  ByteView in_;
  std::size_t at_ = 0;  // in bits
  bool ok_ = true;
};

// Numbers in blocks of 32, each block as wide as its largest: for numbers that are mostly small.
void pack(std::span<const std::uint64_t> numbers, BitWriter& out);
// How many bits pack() takes.
[[nodiscard]] std::size_t packed_size(std::span<const std::uint64_t> numbers);
// Fills `numbers`.
void unpack(std::span<std::uint64_t> numbers, BitReader& in);

// Signed numbers near zero as unsigned ones near zero.
[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
}

}  // namespace fastness::history
