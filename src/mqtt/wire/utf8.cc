#include "mqtt/wire/utf8.h"

#include <cstddef>
#include <cstdint>

namespace fastness::mqtt {
namespace {

// What a lead byte says: how many bytes follow, its payload bits, and the smallest code point
// that needs that many. A size of zero marks a byte which cannot lead.
struct Lead {
  std::size_t followers;
  std::uint32_t bits;
  std::uint32_t smallest;
};

Lead read_lead(std::uint8_t byte) {
  if ((byte & 0xe0U) == 0xc0U) return {1, byte & 0x1fU, 0x80};
  if ((byte & 0xf0U) == 0xe0U) return {2, byte & 0x0fU, 0x800};
  if ((byte & 0xf8U) == 0xf0U) return {3, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

bool is_permitted(std::uint32_t code_point) {
  if (code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f)) return false;
  if (code_point >= 0xd800 && code_point <= 0xdfff) return false;
  if (code_point >= 0xfdd0 && code_point <= 0xfdef) return false;
  return code_point <= 0x10ffff && (code_point & 0xfffeU) != 0xfffeU;
}

}  // namespace

bool is_permitted_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto first = static_cast<std::uint8_t>(text[i++]);
    if (first < 0x80) {
      if (first < 0x20 || first == 0x7f) return false;
      continue;
    }
    const Lead lead = read_lead(first);
    if (lead.followers == 0 || text.size() - i < lead.followers) return false;
    std::uint32_t code_point = lead.bits;
    for (const std::size_t end = i + lead.followers; i < end; ++i) {
      const auto byte = static_cast<std::uint8_t>(text[i]);
      if ((byte & 0xc0U) != 0x80U) return false;
      code_point = (code_point << 6U) | (byte & 0x3fU);
    }
    if (code_point < lead.smallest || !is_permitted(code_point)) return false;
  }
  return true;
}

}  // namespace fastness::mqtt
