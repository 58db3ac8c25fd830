#include "supervisor/backoff.h"

#include <gtest/gtest.h>

namespace fastness::supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, DoublesUpToItsLongest) {
  Backoff backoff({milliseconds(500), milliseconds(3'000), seconds(60)});
  const SteadyTime start{};

  EXPECT_EQ(backoff.after_run(start, start), milliseconds(500));
  EXPECT_EQ(backoff.after_run(start, start + seconds(59)), milliseconds(1'000));
  EXPECT_EQ(backoff.after_run(start, start), milliseconds(2'000));
  EXPECT_EQ(backoff.after_run(start, start), milliseconds(3'000));
  EXPECT_EQ(backoff.after_run(start, start), milliseconds(3'000));
}

TEST(Backoff, ForgetsAfterARunThatLasted) {
  Backoff backoff({milliseconds(500), milliseconds(3'000), seconds(60)});
  const SteadyTime start{};
  static_cast<void>(backoff.after_run(start, start));
  static_cast<void>(backoff.after_run(start, start));

  EXPECT_EQ(backoff.after_run(start, start + seconds(60)), milliseconds(500));
}

}  // namespace
}  // namespace fastness::supervisor
