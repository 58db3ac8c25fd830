#pragma once

#include <cstdint>

#include "base/clock.h"

namespace fastness::net {

// How long a busy loop sleeps before it looks for more to do, so that one waking serves many: what
// a network card calls interrupt coalescing (decision 31).
//
// Nobody may become slower by it. Where the others wait for our answer before they say more, a
// sleep makes everybody wait; where they do not, it costs each message a little latency and saves
// a large part of its processor time. Which of both it is cannot be seen, so it is tried: for a
// moment without sleeping, for a moment with it, and the sleep stays only if as much gets done and
// more of it at a time. Lives on its loop.
class Coalescing {
 public:
  // `window`: the longest sleep; zero for none ever.
  explicit Coalescing(SteadyTime::duration window) : window_(window) {}

  // What to sleep before the loop waits for its next turn. `work` counts what it has done since its
  // start, in units that do not depend on how they are cut into turns.
  [[nodiscard]] SteadyTime::duration after_turn(std::uint64_t work, SteadyTime now);

  // How often it looks, and how long it tries.
  static constexpr SteadyTime::duration kEpoch = std::chrono::milliseconds{50};
  // Below it waking costs nothing worth saving.
  static constexpr double kBusyTurnsPerSecond = 1'000;

 private:
  enum class Phase : std::uint8_t {
    looking,  // how much gets done without sleeping
    trying,   // whether as much does with it
    sleeping,
  };
  struct Pace {
    double work = 0;   // a second
    double turns = 0;  // a second
    [[nodiscard]] double work_per_turn() const { return turns > 0 ? work / turns : 0; }
  };

  void end_epoch(const Pace& pace, SteadyTime now);
  void after_looking(const Pace& pace, SteadyTime now);
  void after_trying(const Pace& pace, SteadyTime now);
  void look();

  SteadyTime::duration window_;
  Phase phase_ = Phase::looking;
  SteadyTime::duration sleep_{};
  Pace awake_;  // as it was when last looked at
  SteadyTime next_look_{};
  SteadyTime::duration rest_ = std::chrono::seconds{1};  // after a trial that failed

  SteadyTime epoch_{};  // when it began
  std::uint64_t work_at_epoch_ = 0;
  std::uint64_t turns_ = 0;  // of this epoch
};

}  // namespace fastness::net
