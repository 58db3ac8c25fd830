// What the tables of the backups' schedule hold. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::upkeep {

inline constexpr std::string_view kDataMap = R"(
upkeep_backup only_row      internal
upkeep_backup watched_since internal
upkeep_backup newest_at     internal
upkeep_backup trouble       internal
upkeep_backup first_trouble internal
upkeep_backup failing_since internal
upkeep_test_restore only_row      internal
upkeep_test_restore watched_since internal
upkeep_test_restore passed_at     internal
upkeep_test_restore trouble       internal
upkeep_test_restore first_trouble internal
upkeep_test_restore failing_since internal
)";

}  // namespace fastness::upkeep
