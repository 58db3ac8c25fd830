// What the tables of orders hold. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::incident {

inline constexpr std::string_view kDataMap = R"(
incident_restriction number     internal
incident_restriction level      internal
incident_restriction reason     internal
incident_restriction ordered_at internal
incident_switch number     internal
incident_switch component  internal
incident_switch is_on      internal
incident_switch reason     internal
incident_switch ordered_at internal
)";

}  // namespace fastness::incident
