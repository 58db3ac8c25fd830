#include "net/poll_loop.h"

#include <array>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket.h"

namespace fastness::net {
namespace {

// Two ends of one connection.
struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    ours = Socket(ends[0]);
    theirs = Socket(ends[1]);
  }
  void send() const { EXPECT_EQ(::write(theirs.descriptor(), "x", 1), 1); }
  void receive() const {
    char byte = 0;
    EXPECT_EQ(::read(ours.descriptor(), &byte, 1), 1);
  }
  Socket ours;
  Socket theirs;
};

class PollLoopTest : public ::testing::Test {
 protected:
  std::unique_ptr<PollLoop> loop_ = PollLoop::create("test").value();
};

TEST_F(PollLoopTest, RunsTheHookOnceAfterAllThatWasReady) {
  std::vector<int> order;
  loop_->on_turn_end([&] { order.push_back(0); });

  loop_->post([&] { order.push_back(1); });
  loop_->post([&, owned = std::make_unique<int>(2)] { order.push_back(*owned); });
  loop_->run_ready();

  EXPECT_EQ(order, (std::vector<int>{1, 2, 0}));
}

TEST_F(PollLoopTest, RunsNoHookWhenNothingWasReady) {
  int turns = 0;
  loop_->on_turn_end([&] { ++turns; });

  EXPECT_EQ(loop_->run_ready(), 0U);

  EXPECT_EQ(turns, 0);
}

TEST_F(PollLoopTest, WorkForSpareTimeIsDoneAPieceAfterEachTurnAndItsHook) {
  std::string order;
  int pieces = 2;
  loop_->on_turn_end([&] { order.push_back('h'); });
  loop_->in_spare_time([&] {
    if (pieces == 0) return false;
    --pieces;
    order.push_back('s');
    return true;
  });
  loop_->post([&] {
    order.push_back('1');
    loop_->post([&] { order.push_back('2'); });
  });

  while (loop_->run_ready() != 0) {
  }

  EXPECT_EQ(order, "1hs2hsh") << "what came meanwhile goes first, and the hook sees what was done";
}

TEST_F(PollLoopTest, SpareTimeNeedsNothingToWakeItAgain) {
  int pieces = 0;
  loop_->in_spare_time([&] {
    if (++pieces == 1'000) loop_->stop();
    return true;
  });
  loop_->post([] {});

  loop_->run();

  EXPECT_EQ(pieces, 1'000);
}

TEST_F(PollLoopTest, HeldAwakeItDoesNotThinkOfSleeping) {
  int asked = 0;
  loop_->coalesce(std::chrono::microseconds{500}, [&] { return ++asked; });
  int asked_while_held = -1;
  loop_->hold_awake(true);
  loop_->post([&] {
    loop_->post([&] {
      asked_while_held = asked;
      loop_->hold_awake(false);
      loop_->post([&] { loop_->stop(); });
    });
  });

  loop_->run();

  EXPECT_EQ(asked_while_held, 0);
  EXPECT_GT(asked, 0) << "once it is let go";
}

TEST_F(PollLoopTest, WhatATaskPostsRunsInTheNextTurn) {
  int ran = 0;
  loop_->post([&] {
    ++ran;
    loop_->post([&] { ++ran; });
  });

  loop_->run_ready();
  EXPECT_EQ(ran, 1);

  loop_->run_ready();
  EXPECT_EQ(ran, 2);
}

TEST_F(PollLoopTest, AnotherThreadWakesIt) {
  loop_->start();
  for (int i = 0; i < 1'000; ++i) {
    std::promise<bool> inside;
    loop_->post([&] { inside.set_value(loop_->is_current()); });
    ASSERT_TRUE(inside.get_future().get());
  }
  EXPECT_FALSE(loop_->is_current());
}

TEST_F(PollLoopTest, StopFromATaskEndsTheRun) {
  bool ran = false;
  loop_->post([&] {
    loop_->stop();
    loop_->post([&] { ran = true; });
  });

  loop_->run();

  EXPECT_FALSE(ran);
}

TEST_F(PollLoopTest, WhatWasNotRunIsDestroyed) {
  const auto held = std::make_shared<int>(1);
  loop_->post([held] {});

  loop_.reset();

  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(PollLoopTest, CallsInEveryTurnInWhichThereIsSomethingToRead) {
  const Pair pair;
  int calls = 0;
  ASSERT_TRUE(loop_->watch(pair.ours.descriptor(), [&] { ++calls; }));
  EXPECT_EQ(loop_->run_ready(), 0U);

  pair.send();
  loop_->run_ready();
  loop_->run_ready();
  EXPECT_EQ(calls, 2);

  pair.receive();
  EXPECT_EQ(loop_->run_ready(), 0U);
}

TEST_F(PollLoopTest, UnderLoadWhatComesMeanwhileSharesTheHook) {
  const Pair first;
  const Pair second;
  const Pair late;
  std::vector<char> order;
  loop_->on_turn_end([&] { order.push_back('h'); });
  ASSERT_TRUE(loop_->watch(first.ours.descriptor(), [&] {
    first.receive();
    order.push_back('1');
  }));
  ASSERT_TRUE(loop_->watch(second.ours.descriptor(), [&] {
    second.receive();
    late.send();
    order.push_back('2');
  }));
  ASSERT_TRUE(loop_->watch(late.ours.descriptor(), [&] {
    late.receive();
    order.push_back('3');
  }));

  first.send();
  second.send();
  loop_->run_ready();

  EXPECT_EQ(order.size(), 4U);
  EXPECT_EQ(order[2], '3');
  EXPECT_EQ(order[3], 'h');
}

TEST_F(PollLoopTest, MayUnwatchInsideTheCall) {
  const Pair pair;
  int calls = 0;
  ASSERT_TRUE(loop_->watch(pair.ours.descriptor(), [&, descriptor = pair.ours.descriptor()] {
    loop_->unwatch(descriptor);
    ++calls;
  }));

  pair.send();
  loop_->run_ready();
  loop_->run_ready();

  EXPECT_EQ(calls, 1);
}

TEST_F(PollLoopTest, WhatIsUnwatchedIsNotCalledEvenInTheSameTurn) {
  const Pair first;
  const Pair second;
  int calls = 0;
  const auto unwatch_other = [&](const Pair& mine, const Pair& other) {
    ++calls;
    mine.receive();
    loop_->unwatch(other.ours.descriptor());
  };
  ASSERT_TRUE(loop_->watch(first.ours.descriptor(), [&] { unwatch_other(first, second); }));
  ASSERT_TRUE(loop_->watch(second.ours.descriptor(), [&] { unwatch_other(second, first); }));

  first.send();
  second.send();
  loop_->run_ready();

  EXPECT_EQ(calls, 1);
}

TEST_F(PollLoopTest, ADescriptorThatIsNoneCannotBeWatched) {
  EXPECT_FALSE(loop_->watch(-1, [] {}));
  loop_->unwatch(-1);
}

TEST_F(PollLoopTest, CallsInTheOrderOfTime) {
  std::vector<int> order;
  loop_->call_after(std::chrono::milliseconds{2}, [&] {
    order.push_back(2);
    loop_->stop();
  });
  loop_->call_after(std::chrono::milliseconds{1}, [&] { order.push_back(1); });

  loop_->run();

  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace fastness::net
