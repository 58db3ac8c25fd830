#include "base/bytes.h"

#include <algorithm>
#include <array>
#include <bit>

namespace fastness {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Without padding; the caller adds it where its alphabet has it.
std::string encode64(ByteView bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    buffer = (buffer << 8U) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text.push_back(alphabet[(buffer >> bits) & 0x3fU]);
    }
  }
  if (bits > 0) text.push_back(alphabet[(buffer << (6 - bits)) & 0x3fU]);
  return text;
}

// One value has one spelling: unused bits of the last digit must be zero.
Result<Bytes> decode64(std::string_view text, std::string_view alphabet) {
  if (text.size() % 4 == 1) return fail(Errc::invalid_argument, "base64 text is cut short");
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) {
      return fail(Errc::invalid_argument, "not a base64 digit");
    }
    buffer = (buffer << 6U) | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(buffer >> bits));
    }
  }
  if ((buffer & ((1U << bits) - 1U)) != 0) {
    return fail(Errc::invalid_argument, "base64 text has stray bits at its end");
  }
  return bytes;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(kHexDigits[byte >> 4U]);
    text.push_back(kHexDigits[byte & 0x0fU]);
  }
  return text;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Errc::invalid_argument, "odd number of hex digits");
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(Errc::invalid_argument, "not a hex digit");
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

std::string to_base64(ByteView bytes) {
  std::string text = encode64(bytes, kBase64);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(Errc::invalid_argument, "base64 text is not padded");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode64(text, kBase64);
}

std::string to_base64url(ByteView bytes) {
  return encode64(bytes, kBase64Url);
}

Result<Bytes> from_base64url(std::string_view text) {
  return decode64(text, kBase64Url);
}

void ByteWriter::f64(double value) {
  u64(std::bit_cast<std::uint64_t>(value));
}

void ByteWriter::sized(ByteView bytes) {
  u32(static_cast<std::uint32_t>(bytes.size()));
  raw(bytes);
}

double ByteReader::f64() {
  return std::bit_cast<double>(u64());
}

ByteView ByteReader::raw(std::size_t size) {
  if (!ok_ || size > rest_.size()) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const ByteView taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

void ByteReader::copy_to(std::span<std::uint8_t> out) {
  const ByteView bytes = raw(out.size());
  if (bytes.empty()) {
    std::ranges::fill(out, std::uint8_t{0});
  } else {
    std::ranges::copy(bytes, out.begin());
  }
}

Result<void> ByteReader::finish(std::string_view what) const {
  if (!ok_) return fail(Errc::corrupted, std::string(what) + " is cut short");
  if (!rest_.empty()) return fail(Errc::corrupted, std::string(what) + " has bytes left over");
  return {};
}

}  // namespace fastness
