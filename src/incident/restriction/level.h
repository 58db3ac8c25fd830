#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fastness::incident {

// How much goes on. Each level has what those before it have. The numbers are stored.
enum class Level : std::uint8_t {
  normal = 0,
  no_newcomers = 1,  // nobody gets an identity, a key or a secret that they did not have
  read_only = 2,     // people and programs only look, and take away; devices go on
  devices_only = 3,  // people and programs are out; devices go on
  status_only = 4,   // nobody comes in; whoever asks hears why
};

// "read-only", as commands and answers have it.
[[nodiscard]] std::string_view to_text(Level level);
[[nodiscard]] std::optional<Level> parse_level(std::string_view text);

// What a person is told is in force: "Nobody gets a new identity or key."
[[nodiscard]] std::string_view explanation(Level level);

// All of them, `normal` first.
[[nodiscard]] std::span<const Level> all_levels();

}  // namespace fastness::incident
