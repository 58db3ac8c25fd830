#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace fastness::net {

// How fast something comes: lets through `burst` at once and `per_second` in the long run, as a
// TokenBucket does, in eight bytes: whoever has many of them keeps what they are held to elsewhere.
// Starts rested. Pure: the caller says what time it is. Thread-compatible.
class Pace {
 public:
  struct Allowance {
    double per_second;
    double burst;
  };

  // How long until the next may come; zero if it may now.
  [[nodiscard]] SteadyTime::duration wait(const Allowance& allowance, SteadyTime now) const {
    const std::chrono::duration<double> spare((allowance.burst - 1) / allowance.per_second);
    const std::chrono::duration<double> tired = rested_at_ - now;
    if (tired <= spare) return SteadyTime::duration::zero();
    return std::chrono::ceil<SteadyTime::duration>(tired - spare);
  }

  // So many have come. More than the burst are let in if one may, and make the next wait longer.
  void take(const Allowance& allowance, SteadyTime now, double amount = 1) {
    const std::chrono::duration<double> effort(amount / allowance.per_second);
    rested_at_ = std::max(rested_at_, now) + std::chrono::floor<SteadyTime::duration>(effort);
  }

  // Whether it is as if nothing had ever come.
  [[nodiscard]] bool is_rested(SteadyTime now) const { return rested_at_ <= now; }

 private:
  SteadyTime rested_at_{};
};

}  // namespace fastness::net
