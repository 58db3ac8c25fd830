#include "net/token_bucket.h"

#include <gtest/gtest.h>

namespace fastness::net {
namespace {

using std::chrono::milliseconds;

TEST(TokenBucket, LetsABurstThroughThenPaces) {
  TokenBucket bucket(10, 3);
  SteadyTime now{};

  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
  EXPECT_EQ(bucket.wait(now), milliseconds(100));

  now += milliseconds(99);
  EXPECT_FALSE(bucket.take(now));
  now += milliseconds(1);
  EXPECT_TRUE(bucket.take(now));
}

TEST(TokenBucket, NeverSavesMoreThanTheBurst) {
  TokenBucket bucket(10, 2);
  const SteadyTime later = SteadyTime{} + std::chrono::hours(1);

  EXPECT_TRUE(bucket.take(later));
  EXPECT_TRUE(bucket.take(later));
  EXPECT_FALSE(bucket.take(later));
}

TEST(TokenBucket, TimeThatStandsStillOrGoesBackGivesNothing) {
  TokenBucket bucket(10, 1);
  const SteadyTime now = SteadyTime{} + std::chrono::hours(1);
  ASSERT_TRUE(bucket.take(now));

  EXPECT_FALSE(bucket.take(now - std::chrono::minutes(1)));
  EXPECT_FALSE(bucket.take(now));
}

}  // namespace
}  // namespace fastness::net
