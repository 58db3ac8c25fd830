#pragma once

#include <atomic>

#include "base/clock.h"

namespace fastness::testing {

// A clock which moves only when a test moves it, both of its times together.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : start_(start) {}

  [[nodiscard]] Timestamp now() const override { return start_ + elapsed_.load(); }
  [[nodiscard]] SteadyTime steady() const override { return SteadyTime{} + elapsed_.load(); }
  void advance(std::chrono::microseconds by) { elapsed_.store(elapsed_.load() + by); }

 private:
  Timestamp start_;
  std::atomic<std::chrono::microseconds> elapsed_{std::chrono::microseconds{0}};
};

}  // namespace fastness::testing
