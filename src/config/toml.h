#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/setting.h"

namespace fastness::config {

// One `key = value` of a file.
struct TomlEntry {
  std::string name;  // "section.key"
  RawValue value;
  std::size_t line;
};

// Flattens a TOML document. `invalid_argument` with the line for what is no TOML, and for values
// that no setting has: numbers with fractions, dates, tables within lists.
[[nodiscard]] Result<std::vector<TomlEntry>> parse_toml(std::string_view text);

}  // namespace fastness::config
