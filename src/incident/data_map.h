// What the tables of orders and incidents hold. See storage/data_map.h.
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
incident_record number    internal
incident_record opened_at internal
incident_record aware_at  internal
incident_record reason    internal
incident_record opened_by personal
incident_record closed_at internal
incident_record statement open
incident_statement number   internal
incident_statement incident internal
incident_statement at       internal
incident_statement text     open
incident_letter incident  internal
incident_letter user      internal
incident_letter told_at   internal
incident_step   number    internal
incident_step   incident  internal
incident_step   kind      internal
incident_step   at        internal
incident_step   text      internal
)";

}  // namespace fastness::incident
