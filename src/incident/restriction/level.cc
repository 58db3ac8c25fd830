#include "incident/restriction/level.h"

#include <algorithm>
#include <array>

namespace fastness::incident {
namespace {

struct Words {
  std::string_view name;
  std::string_view explanation;
};

constexpr std::array<Level, 5> kLevels{Level::normal, Level::no_newcomers, Level::read_only,
                                       Level::devices_only, Level::status_only};

constexpr std::array<Words, 5> kWords{{
    {"normal", "Everything goes on."},
    {"no-newcomers", "Nobody gets a new identity, key or secret. All others go on."},
    {"read-only", "People and programs can look and take away, and change nothing. Devices go on."},
    {"devices-only", "People and programs are out. Devices go on."},
    {"status-only", "Nobody comes in, and no device either."},
}};

const Words& words_of(Level level) {
  return kWords.at(static_cast<std::size_t>(level));
}

}  // namespace

std::string_view to_text(Level level) {
  return words_of(level).name;
}

std::optional<Level> parse_level(std::string_view text) {
  const auto found =
      std::ranges::find_if(kLevels, [text](Level each) { return to_text(each) == text; });
  return found == kLevels.end() ? std::nullopt : std::optional(*found);
}

std::string_view explanation(Level level) {
  return words_of(level).explanation;
}

std::span<const Level> all_levels() {
  return kLevels;
}

}  // namespace fastness::incident
