#include "base/environment.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace fastness {
namespace {

// Each at the place of its number.
constexpr std::string_view kWords[] = {"production", "staging", "development"};

}  // namespace

std::string_view to_text(Environment environment) {
  return kWords[static_cast<std::size_t>(environment)];
}

std::optional<Environment> parse_environment(std::string_view text) {
  const auto* found = std::ranges::find(kWords, text);
  if (found == std::end(kWords)) return std::nullopt;
  return static_cast<Environment>(found - std::begin(kWords));
}

std::optional<Environment> environment_of(std::uint8_t number) {
  if (number >= std::size(kWords)) return std::nullopt;
  return static_cast<Environment>(number);
}

}  // namespace fastness
