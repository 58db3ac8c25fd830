#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace fastness::accounts {

// Since when something was seen to be over, by a clock that cannot jump: that the calendar says so
// once may be the calendar's mistake, and what is over for good never comes back.
class SeenOver {
 public:
  static constexpr std::chrono::hours kSettled{1};

  // Whether it has been over, at each look, for kSettled.
  bool look(bool is_over, SteadyTime now) {
    if (!is_over) {
      since_.reset();
      return false;
    }
    if (!since_) since_ = now;
    return now - *since_ >= kSettled;
  }

 private:
  std::optional<SteadyTime> since_;
};

}  // namespace fastness::accounts
