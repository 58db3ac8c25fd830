// What the table of stays holds, and what protects it. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::accounts {

inline constexpr std::string_view kTravelDataMap = R"(
account_stay user             internal
account_stay sealed_region    personal sealed
account_stay at               internal
)";

}  // namespace fastness::accounts
