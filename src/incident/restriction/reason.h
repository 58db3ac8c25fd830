#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace fastness::incident {

inline constexpr std::size_t kMaxReason = 500;

// Whether that may stand in the record as why something was ordered: one line of at most kMaxReason
// bytes, and something at all if `is_needed`. `invalid_argument` with what to do.
[[nodiscard]] Result<void> check_reason(std::string_view reason, bool is_needed);

}  // namespace fastness::incident
