// What the table of restrictions holds. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::incident {

inline constexpr std::string_view kDataMap = R"(
incident_restriction number     internal
incident_restriction level      internal
incident_restriction reason     internal
incident_restriction ordered_at internal
)";

}  // namespace fastness::incident
