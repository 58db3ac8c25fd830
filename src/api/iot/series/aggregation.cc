#include "api/iot/series/aggregation.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fastness::api::iot {
namespace {

using history::Aggregation;

constexpr std::array<std::pair<std::string_view, Aggregation>, 14> kNames = {{
    {"AVG", Aggregation::average},
    {"MIN", Aggregation::minimum},
    {"MAX", Aggregation::maximum},
    {"SUM", Aggregation::sum},
    {"COUNT", Aggregation::count},
    {"PCT_99", Aggregation::percentile_99},
    {"PCT_95", Aggregation::percentile_95},
    {"PCT_90", Aggregation::percentile_90},
    {"PCT_75", Aggregation::percentile_75},
    {"PCT_50", Aggregation::percentile_50},
    {"PCT_15", Aggregation::percentile_15},
    {"PCT_5", Aggregation::percentile_5},
    {"BOOL_OR", Aggregation::bool_or},
    {"BOOL_AND", Aggregation::bool_and},
}};

}  // namespace

std::optional<Aggregation> parse_aggregation(std::string_view text) {
  for (const auto& [name, aggregation] : kNames) {
    if (name == text) return aggregation;
  }
  return std::nullopt;
}

std::string_view to_text(Aggregation aggregation) {
  for (const auto& [name, each] : kNames) {
    if (each == aggregation) return name;
  }
  return "";
}

std::chrono::seconds interval_for(const history::TimeRange& range, std::int64_t points) {
  const auto span = std::chrono::ceil<std::chrono::seconds>(range.to - range.from).count();
  // One more fits at the edge, since intervals begin at multiples of their length.
  const std::int64_t parts = std::max<std::int64_t>(points - 1, 1);
  return std::chrono::seconds(std::max<std::int64_t>((span + parts - 1) / parts, 1));
}

}  // namespace fastness::api::iot
