// Bytes, views of them, and the integers and text spellings that formats are made of.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fastness {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// The same bytes seen as the other type. No copy; the view must not outlive what it looks at.
[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline Bytes to_bytes(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string to_hex(ByteView bytes);

// Reads an even number of hexadecimal digits, either case. `invalid_argument` for anything else.
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);

// RFC 4648 section 4, with padding and without line breaks.
[[nodiscard]] std::string to_base64(ByteView bytes);
[[nodiscard]] Result<Bytes> from_base64(std::string_view text);

// RFC 4648 section 5 without padding, as JWT and EST spell it.
[[nodiscard]] std::string to_base64url(ByteView bytes);
[[nodiscard]] Result<Bytes> from_base64url(std::string_view text);

// Appends the fields of a binary format, big-endian. Grows `out`, which must outlive the writer.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  template <std::unsigned_integral T>
  void integer(T value) {
    for (std::size_t shift = sizeof(T) * 8; shift != 0;) {
      shift -= 8;
      out_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }
  void u8(std::uint8_t value) { out_.push_back(value); }
  void u16(std::uint16_t value) { integer(value); }
  void u32(std::uint32_t value) { integer(value); }
  void u64(std::uint64_t value) { integer(value); }
  void i64(std::int64_t value) { integer(static_cast<std::uint64_t>(value)); }
  void f64(double value);
  void raw(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }

  // A 32-bit length, then the bytes.
  void sized(ByteView bytes);
  void sized(std::string_view text) { sized(as_bytes(text)); }

 private:
  Bytes& out_;
};

// Reads what ByteWriter wrote, from foreign bytes: each read checks what is left, and the first
// short read makes every later one fail too, so that a parser may check `ok()` once at its end.
// Views returned point into the input. Thread-compatible.
class ByteReader {
 public:
  explicit ByteReader(ByteView input) : rest_(input) {}

  [[nodiscard]] std::uint8_t u8() { return integer<std::uint8_t>(); }
  [[nodiscard]] std::uint16_t u16() { return integer<std::uint16_t>(); }
  [[nodiscard]] std::uint32_t u32() { return integer<std::uint32_t>(); }
  [[nodiscard]] std::uint64_t u64() { return integer<std::uint64_t>(); }
  [[nodiscard]] std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  [[nodiscard]] double f64();
  [[nodiscard]] ByteView raw(std::size_t size);
  [[nodiscard]] ByteView sized() { return raw(u32()); }
  [[nodiscard]] std::string sized_text() { return std::string(as_text(sized())); }

  // Copies exactly `out.size()` bytes, or zeroes them if fewer are left.
  void copy_to(std::span<std::uint8_t> out);

  [[nodiscard]] ByteView rest() const { return rest_; }
  [[nodiscard]] bool ok() const { return ok_; }

  // Success only if every read was satisfied and nothing is left over; else `corrupted`.
  [[nodiscard]] Result<void> finish(std::string_view what) const;

 private:
  template <std::unsigned_integral T>
  T integer() {
    const ByteView bytes = raw(sizeof(T));
    T value = 0;
    for (const std::uint8_t byte : bytes)
      value = static_cast<T>((std::uint64_t{value} << 8U) | byte);
    return value;
  }

  ByteView rest_;
  bool ok_ = true;
};

}  // namespace fastness
