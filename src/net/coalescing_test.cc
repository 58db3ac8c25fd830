#include "net/coalescing.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace fastness::net {
namespace {

using namespace std::chrono_literals;

using Span = SteadyTime::duration;

// A loop and those who give it work, in a time of their own.
class World {
 public:
  explicit World(Span window) : coalescing_(window) {}

  // What comes whatever we answer: one each `every`.
  void open_load(Span every, Span duration) {
    const SteadyTime end = now_ + duration;
    for (SteadyTime next = now_; now_ < end;) {
      now_ = std::max(now_, next);
      std::uint64_t ready = 0;
      for (; next <= now_; next += every) {
        ++ready;
        latest_ = std::max(latest_, now_ - next);
      }
      turn(ready);
    }
  }

  // Those who wait for an answer, and `think` before they ask again.
  void closed_load(int clients, Span think, Span duration) {
    const SteadyTime end = now_ + duration;
    std::vector<SteadyTime> asks(static_cast<std::size_t>(clients), now_);
    while (now_ < end) {
      now_ = std::max(now_, *std::ranges::min_element(asks));
      std::vector<std::size_t> served;
      for (std::size_t i = 0; i < asks.size(); ++i) {
        if (asks[i] <= now_) served.push_back(i);
      }
      const Span slept = turn(served.size());
      for (const std::size_t i : served) asks[i] = now_ - slept + think;
    }
  }

  std::uint64_t done() const { return work_; }
  std::uint64_t turns() const { return turns_; }
  Span latest() const { return latest_; }

 private:
  // Waking costs 20 µs, each piece of work 5; returns what was slept after it.
  Span turn(std::uint64_t ready) {
    now_ += 20us + ready * 5us;
    work_ += ready;
    ++turns_;
    const Span sleep = coalescing_.after_turn(work_, now_);
    now_ += sleep;
    return sleep;
  }

  Coalescing coalescing_;
  SteadyTime now_{1h};
  std::uint64_t work_ = 0;
  std::uint64_t turns_ = 0;
  Span latest_{};
};

TEST(Coalescing, OneWakingServesManyWhereWorkComesByItself) {
  World world(500us);
  world.open_load(250us, 10s);
  EXPECT_GE(world.done(), 40'000U);
  EXPECT_LT(world.turns(), 20'000U);
  EXPECT_LT(world.latest(), 600us);
}

TEST(Coalescing, NobodyWaitsWhereLittleComes) {
  World world(500us);
  world.open_load(1'100us, 10s);
  EXPECT_EQ(world.latest(), 0us);
}

TEST(Coalescing, WhoWaitsForEachAnswerIsNotSlowedDown) {
  for (const int clients : {1, 5, 20}) {
    World usual(0us);
    usual.closed_load(clients, 60us, 20s);
    World world(500us);
    world.closed_load(clients, 60us, 20s);
    EXPECT_GT(static_cast<double>(world.done()), 0.95 * static_cast<double>(usual.done()))
        << clients;
  }
}

TEST(Coalescing, IsTriedAgainLater) {
  World world(500us);
  world.closed_load(1, 60us, 10s);
  const std::uint64_t done = world.done();
  const std::uint64_t turns = world.turns();
  world.open_load(250us, 20s);
  EXPECT_LT(world.turns() - turns, (world.done() - done) * 3 / 4);
}

TEST(Coalescing, EndsWithTheLoad) {
  World world(500us);
  world.open_load(250us, 2s);
  world.open_load(5ms, 10s);
  const std::uint64_t before = world.turns();
  world.open_load(5ms, 1s);
  EXPECT_GE(world.turns() - before, 200U);
  EXPECT_LT(world.latest(), 600us);
}

TEST(Coalescing, AWindowOfZeroIsNone) {
  World world(0us);
  world.open_load(250us, 2s);
  EXPECT_EQ(world.latest(), 0us);
}

}  // namespace
}  // namespace fastness::net
