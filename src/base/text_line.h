#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace fastness {

[[nodiscard]] constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

// Whether it is one line, of at most `most` bytes.
[[nodiscard]] constexpr bool is_line(std::string_view text, std::size_t most) {
  return text.size() <= most && std::ranges::none_of(text, is_control);
}

}  // namespace fastness
