#pragma once

#include <chrono>

#include "base/clock.h"

namespace fastness::accounts {

// By how much the clock may be set back before what was in use later than now is worth nothing
// until it is that late again: it would live longer than it was given.
inline constexpr std::chrono::minutes kClockTolerance{5};

inline bool is_of_the_future(Timestamp when, Timestamp now) {
  return when > now + kClockTolerance;
}

}  // namespace fastness::accounts
