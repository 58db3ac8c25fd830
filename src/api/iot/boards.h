#pragma once

#include <span>
#include <string_view>

namespace fastness::api::iot {

// A kind of board that provisioning tools may ask for.
struct Board {
  std::string_view type;
  std::string_view label;  // its name for people
  std::string_view fqbn;   // empty: it is no board of that tool chain
};

[[nodiscard]] std::span<const Board> boards();

// The name of a type for people; the type itself if it is unknown.
[[nodiscard]] std::string_view board_label(std::string_view type);

}  // namespace fastness::api::iot
