#include "net/pace.h"

#include <gtest/gtest.h>

namespace fastness::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SteadyTime kBegin{std::chrono::hours{1}};

TEST(Pace, LetsABurstThroughThenPaces) {
  constexpr Pace::Allowance kAllowance{10, 3};
  Pace pace;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(pace.wait(kAllowance, kBegin), milliseconds(0)) << i;
    pace.take(kAllowance, kBegin);
  }
  EXPECT_EQ(pace.wait(kAllowance, kBegin), milliseconds(100));
  EXPECT_EQ(pace.wait(kAllowance, kBegin + milliseconds(100)), milliseconds(0));
  EXPECT_FALSE(pace.is_rested(kBegin + milliseconds(299)));
  EXPECT_TRUE(pace.is_rested(kBegin + milliseconds(300)));
}

TEST(Pace, WhatIsLargerThanTheBurstComesOnceAndIsPaidFor) {
  constexpr Pace::Allowance kAllowance{100, 100};
  Pace pace;
  pace.take(kAllowance, kBegin, 1'000);
  EXPECT_GE(pace.wait(kAllowance, kBegin), seconds(9));
  EXPECT_EQ(pace.wait(kAllowance, kBegin + seconds(10)), milliseconds(0));
}

TEST(Pace, RestIsNotSavedUp) {
  constexpr Pace::Allowance kAllowance{10, 1};
  Pace pace;
  pace.take(kAllowance, kBegin);
  const SteadyTime later = kBegin + seconds(100);
  pace.take(kAllowance, later);
  EXPECT_EQ(pace.wait(kAllowance, later), milliseconds(100));
}

}  // namespace
}  // namespace fastness::net
