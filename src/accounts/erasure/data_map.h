// What the table of erasures holds: no more than ids that name nobody. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::accounts {

inline constexpr std::string_view kErasureDataMap = R"(
erasure organisation internal
erasure user         internal
erasure asked_by     internal
erasure state        internal
erasure begun_at     internal
erasure erased_at    internal
)";

}  // namespace fastness::accounts
