// What the table of reading habits holds: numbers and times. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::accounts {

inline constexpr std::string_view kReadsDataMap = R"(
reading_habit organisation    internal
reading_habit user            internal
reading_habit client_id       open
reading_habit since           internal
reading_habit hour            internal
reading_habit bytes           internal
reading_habit most_today      internal
reading_habit period          internal
reading_habit most            internal
reading_habit most_before     internal
reading_habit told_at         internal
)";

}  // namespace fastness::accounts
