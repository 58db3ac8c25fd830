#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace fastness::net {

// Lets through `burst` events at once and `per_second` in the long run. Starts full. Pure: the
// caller says what time it is. Thread-compatible.
class TokenBucket {
 public:
  TokenBucket(double per_second, double burst)
      : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // Takes one token if there is one.
  [[nodiscard]] bool take(SteadyTime now) {
    refill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  // How long until `take` will succeed; zero if it would now.
  [[nodiscard]] SteadyTime::duration wait(SteadyTime now) {
    refill(now);
    if (tokens_ >= 1) return SteadyTime::duration::zero();
    const std::chrono::duration<double> missing((1 - tokens_) / per_second_);
    return std::chrono::ceil<SteadyTime::duration>(missing);
  }

 private:
  void refill(SteadyTime now) {
    if (now > last_) {
      const std::chrono::duration<double> passed = now - last_;
      tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
    }
    last_ = std::max(last_, now);
  }

  double per_second_;
  double burst_;
  double tokens_;
  SteadyTime last_{};
};

}  // namespace fastness::net
