#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fastness {

// What an instance is for. It is said once, at its first start; backups and kits carry it, and none
// of one environment becomes an instance of another. The numbers are stored.
enum class Environment : std::uint8_t { production = 0, staging = 1, development = 2 };

// "production", as settings and answers have it.
[[nodiscard]] std::string_view to_text(Environment environment);
[[nodiscard]] std::optional<Environment> parse_environment(std::string_view text);

// Of a stored number; nothing for one that this release does not know.
[[nodiscard]] std::optional<Environment> environment_of(std::uint8_t number);

}  // namespace fastness
