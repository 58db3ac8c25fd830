#include "base/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace fastness {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

std::string nearest_name(std::string_view typed, std::span<const std::string> names) {
  const auto nearest = std::ranges::min_element(names, {}, [typed](const std::string& name) {
    // Whoever typed the beginning meant the whole.
    return name.starts_with(typed) ? 0 : edit_distance(typed, name);
  });
  if (nearest == names.end() || typed.empty()) return "";
  const bool is_like = nearest->starts_with(typed) ||
                       edit_distance(typed, *nearest) * 2 <= std::max(typed.size(), std::size_t{3});
  return is_like ? *nearest : "";
}

}  // namespace fastness
