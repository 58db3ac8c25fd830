#include "net/event_loop.h"

#include <future>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace fastness::net {
namespace {

TEST(EventLoop, RunsWhatIsPostedInItsOrder) {
  EventLoop loop("test");
  std::vector<int> order;

  loop.post([&] { order.push_back(1); });
  loop.post([&, owned = std::make_unique<int>(2)] { order.push_back(*owned); });

  EXPECT_EQ(loop.run_ready(), 2U);
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_EQ(loop.run_ready(), 0U);
}

TEST(EventLoop, CallsLater) {
  EventLoop loop("test");
  std::promise<void> called;
  loop.call_after(std::chrono::milliseconds{1}, [&] { called.set_value(); });

  loop.start();

  called.get_future().wait();
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
