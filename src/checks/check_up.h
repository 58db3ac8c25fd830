#pragma once

#include <vector>

#include "checks/check.h"
#include "checks/facts.h"

namespace fastness::checks {

// Every check there is, passed ones too, always in the same order. Pure.
[[nodiscard]] std::vector<Check> check_up(const Facts& facts);

}  // namespace fastness::checks
