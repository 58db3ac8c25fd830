#include "net/coalescing.h"

#include <algorithm>

namespace fastness::net {
namespace {

using std::chrono::seconds;

// As much gets done as before if it is this share of it: loads are never quite even.
constexpr double kAsMuch = 0.8;
// It is worth it if each turn does so many times what it did.
constexpr double kWorthwhile = 1.5;
// How long to sleep before others are asked again to do without; and after a trial that failed,
// first and at most.
constexpr seconds kKept{1};
constexpr seconds kFirstRest{1};
constexpr seconds kLongestRest{32};
// When the whole window is too long for some, a short one may still do.
constexpr int kShortWindow = 5;
constexpr std::chrono::microseconds kShortest{50};

}  // namespace

SteadyTime::duration Coalescing::after_turn(std::uint64_t work, SteadyTime now) {
  if (window_.count() == 0) return {};
  ++turns_;
  if (const auto passed = now - epoch_; passed >= kEpoch) {
    const double span = std::chrono::duration<double>(passed).count();
    end_epoch(
        {static_cast<double>(work - work_at_epoch_) / span, static_cast<double>(turns_) / span},
        now);
    epoch_ = now;
    work_at_epoch_ = work;
    turns_ = 0;
  }
  return sleep_;
}

void Coalescing::end_epoch(const Pace& pace, SteadyTime now) {
  switch (phase_) {
    case Phase::looking:
      return after_looking(pace, now);
    case Phase::trying:
      return after_trying(pace, now);
    case Phase::sleeping:
      if (now >= next_look_ || pace.work < awake_.work / 2) look();
      return;
  }
}

void Coalescing::look() {
  phase_ = Phase::looking;
  sleep_ = {};
}

void Coalescing::after_looking(const Pace& pace, SteadyTime now) {
  if (now < next_look_ || pace.turns < kBusyTurnsPerSecond) return;
  awake_ = pace;
  phase_ = Phase::trying;
  sleep_ = window_;
}

void Coalescing::after_trying(const Pace& pace, SteadyTime now) {
  const bool as_much = pace.work >= kAsMuch * awake_.work;
  const bool worthwhile = pace.work_per_turn() >= kWorthwhile * awake_.work_per_turn();
  if (as_much && worthwhile) {
    phase_ = Phase::sleeping;
    next_look_ = now + kKept;
    rest_ = kFirstRest;
    return;
  }
  if (!as_much && sleep_ == window_ && window_ / kShortWindow >= kShortest) {
    sleep_ = window_ / kShortWindow;
    return;
  }
  look();
  next_look_ = now + rest_;
  rest_ = std::min<SteadyTime::duration>(2 * rest_, kLongestRest);
}

}  // namespace fastness::net
