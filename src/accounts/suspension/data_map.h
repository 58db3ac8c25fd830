// What the table of suspended accounts holds. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::accounts {

inline constexpr std::string_view kSuspensionDataMap = R"(
suspension user   internal
suspension since  internal
suspension reason personal
)";

}  // namespace fastness::accounts
