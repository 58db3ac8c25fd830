#pragma once

#include <optional>

#include "base/clock.h"

namespace fastness::gateway {

// The time of one turn of a loop: asked once, when somebody first wants to know. A message asks for
// it half a dozen times on its way, and nothing happens between. Lives on its loop.
class TurnClock final : public Clock {
 public:
  // `clock` must outlive it.
  explicit TurnClock(const Clock& clock) : clock_(clock) {}

  [[nodiscard]] Timestamp now() const override {
    if (!now_) now_ = clock_.now();
    return *now_;
  }
  [[nodiscard]] SteadyTime steady() const override {
    if (!steady_) steady_ = clock_.steady();
    return *steady_;
  }

  // Another turn begins.
  void expire() {
    now_.reset();
    steady_.reset();
  }

 private:
  const Clock& clock_;
  mutable std::optional<Timestamp> now_;
  mutable std::optional<SteadyTime> steady_;
};

}  // namespace fastness::gateway
