#pragma once

#include <span>
#include <string>
#include <string_view>

namespace fastness {

// How many characters must be typed, deleted or replaced to get from one to the other.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The one of `names` that was most likely meant by `typed`; empty if none is like it.
[[nodiscard]] std::string nearest_name(std::string_view typed, std::span<const std::string> names);

}  // namespace fastness
