#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "history/point.h"

namespace fastness::api::iot {

// `AVG`, `PCT_95`, …; nothing for any other text.
[[nodiscard]] std::optional<history::Aggregation> parse_aggregation(std::string_view text);
[[nodiscard]] std::string_view to_text(history::Aggregation aggregation);

// The shortest interval, a whole number of seconds, that cuts the range into at most `points`.
[[nodiscard]] std::chrono::seconds interval_for(const history::TimeRange& range,
                                                std::int64_t points);

}  // namespace fastness::api::iot
