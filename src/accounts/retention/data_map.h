// What the table of disposals holds: counts. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::accounts {

inline constexpr std::string_view kRetentionDataMap = R"(
disposal organisation internal
disposal kind         internal
disposal day          internal
disposal count        internal
)";

}  // namespace fastness::accounts
