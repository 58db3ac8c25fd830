// What the tables of the audit trail hold, and what protects it. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::audit {

inline constexpr std::string_view kDataMap = R"(
audit_entry      seq          internal
audit_entry      organisation internal
audit_entry      time         internal
audit_entry      sealed       personal sealed
audit_entry      kind         internal
audit_entry      commitment   open
audit_checkpoint size         open
audit_checkpoint root         open
audit_checkpoint note         open
audit_checkpoint signed_at    open
)";

}  // namespace fastness::audit
