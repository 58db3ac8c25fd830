#include "net/event_loop.h"

#include <future>
#include <vector>

#include <gtest/gtest.h>

namespace fastness::net {
namespace {

TEST(EventLoop, RunsTheHookOnceAfterAllThatWasReady) {
  EventLoop loop("test");
  std::vector<int> order;
  loop.on_turn_end([&] { order.push_back(0); });

  loop.post([&] { order.push_back(1); });
  loop.post([&] { order.push_back(2); });
  loop.run_ready();

  EXPECT_EQ(order, (std::vector<int>{1, 2, 0}));
}

TEST(EventLoop, RunsNoHookWhenNothingWasReady) {
  EventLoop loop("test");
  int turns = 0;
  loop.on_turn_end([&] { ++turns; });

  EXPECT_EQ(loop.run_ready(), 0U);

  EXPECT_EQ(turns, 0);
}

TEST(EventLoop, HandlersThatKeepPostingDoNotStarveTheHook) {
  EventLoop loop("test");
  std::promise<void> hooked;
  bool done = false;
  loop.on_turn_end([&] {
    if (!done) hooked.set_value();
    done = true;
  });
  std::function<void()> again = [&] {
    if (!done) loop.post(again);
  };

  loop.post(again);
  loop.start();

  hooked.get_future().wait();
}

TEST(EventLoop, KnowsItsOwnThread) {
  EventLoop loop("test");
  std::promise<bool> inside;
  loop.post([&] { inside.set_value(loop.is_current()); });
  loop.start();

  EXPECT_TRUE(inside.get_future().get());
  EXPECT_FALSE(loop.is_current());
}

TEST(EventLoop, StopFromAHandlerEndsTheRun) {
  EventLoop loop("test");
  loop.post([&] { loop.stop(); });

  loop.run();

  EXPECT_TRUE(loop.context().stopped());
}

}  // namespace
}  // namespace fastness::net
