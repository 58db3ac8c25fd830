#pragma once

#include <algorithm>
#include <ratio>

#include "base/clock.h"

namespace fastness::vault {

// How much of something may be done: so much at once, and so much an hour after that.
struct Allowance {
  double burst;
  double per_hour;
};

// An hour's worth at once.
constexpr Allowance hourly(double count) {
  return {count, count};
}

// A token bucket. Thread-compatible.
class Budget {
 public:
  Budget(Allowance allowance, SteadyTime now)
      : allowance_(allowance), left_(allowance.burst), since_(now) {}

  // Whether one more is allowed; if so it is spent.
  [[nodiscard]] bool spend(SteadyTime now) {
    if (!can_spend(now)) return false;
    left_ -= 1;
    return true;
  }

  [[nodiscard]] bool can_spend(SteadyTime now) {
    const std::chrono::duration<double, std::ratio<3600>> passed = now - since_;
    left_ = std::min(allowance_.burst, left_ + passed.count() * allowance_.per_hour);
    since_ = now;
    return left_ >= 1;
  }

 private:
  Allowance allowance_;
  double left_;
  SteadyTime since_;
};

}  // namespace fastness::vault
