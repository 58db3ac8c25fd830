#include "base/ids/uuid.h"

namespace fastness {
namespace {

constexpr std::size_t kTextSize = 36;
constexpr std::string_view kDigits = "0123456789abcdef";

bool is_dash_position(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

// The value of one hexadecimal digit, or -1.
int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != kTextSize) return fail(Errc::invalid_argument, "a UUID has 36 characters");
  Bytes bytes{};
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < kTextSize; ++i) {
    if (is_dash_position(i)) {
      if (text[i] != '-') return fail(Errc::invalid_argument, "a UUID is grouped 8-4-4-4-12");
      continue;
    }
    const int value = digit_value(text[i]);
    if (value < 0) return fail(Errc::invalid_argument, "a UUID has hexadecimal digits only");
    auto& byte = bytes[nibble / 2];
    byte = static_cast<std::uint8_t>((byte << 4U) | value);
    ++nibble;
  }
  return Uuid(bytes);
}

std::string Uuid::to_text() const {
  std::string text;
  text.reserve(kTextSize);
  for (const std::uint8_t byte : bytes_) {
    if (is_dash_position(text.size())) text.push_back('-');
    text.push_back(kDigits[byte >> 4U]);
    text.push_back(kDigits[byte & 0x0fU]);
  }
  return text;
}

}  // namespace fastness
