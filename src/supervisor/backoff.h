#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace fastness::supervisor {

// How long to wait before a restart: twice as long each time, and short again after a run that
// lasted. Thread-compatible.
class Backoff {
 public:
  struct Options {
    std::chrono::milliseconds first{500};
    std::chrono::milliseconds longest{30'000};
    std::chrono::milliseconds lasting{60'000};  // a run this long forgets what was before
  };

  explicit Backoff(Options options) : options_(options), next_(options.first) {}

  // For a run from `started` to `ended`.
  [[nodiscard]] std::chrono::milliseconds after_run(SteadyTime started, SteadyTime ended) {
    if (ended - started >= options_.lasting) next_ = options_.first;
    const auto delay = next_;
    next_ = std::min(next_ * 2, options_.longest);
    return delay;
  }

 private:
  Options options_;
  std::chrono::milliseconds next_;
};

}  // namespace fastness::supervisor
