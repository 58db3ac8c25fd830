#pragma once

#include <atomic>

#include "base/clock.h"

namespace fastness::testing {

// A clock which moves only when a test moves it: both of its times together, or the calendar back.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : start_(start) {}

  [[nodiscard]] Timestamp now() const override { return start_ + elapsed_.load(); }
  [[nodiscard]] SteadyTime steady() const override { return SteadyTime{} + elapsed_.load(); }
  void advance(std::chrono::microseconds by) { elapsed_.store(elapsed_.load() + by); }
  // As somebody does it who has the host's clock. Not while another thread asks.
  void set_calendar_back(std::chrono::microseconds by) { start_ -= by; }

 private:
  Timestamp start_;
  std::atomic<std::chrono::microseconds> elapsed_{std::chrono::microseconds{0}};
};

}  // namespace fastness::testing
