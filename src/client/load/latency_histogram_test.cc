#include "client/load/latency_histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace fastness::client {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(LatencyHistogram, OfNothingIsNothing) {
  const LatencyHistogram empty;
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.percentile(0.5).count(), 0);
  EXPECT_EQ(empty.to_text(), "");
}

TEST(LatencyHistogram, IsWithinThreePercentOfTheTruth) {
  constexpr unsigned kSeed = 20'261'122;
  std::mt19937_64 random(kSeed);
  std::lognormal_distribution<double> spread(7, 2);
  LatencyHistogram histogram;
  std::vector<std::int64_t> all;
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::int64_t>(spread(random)) + 1;
    all.push_back(value);
    histogram.add(microseconds(value));
  }
  std::ranges::sort(all);
  for (const double share : {0.001, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    SCOPED_TRACE(share);
    const auto truth =
        static_cast<double>(all[static_cast<std::size_t>(std::ceil(share * 20'000)) - 1]);
    const auto told = static_cast<double>(histogram.percentile(share).count());
    EXPECT_GE(told, truth);
    EXPECT_LE(told, truth * 1.032 + 1);
  }
  EXPECT_EQ(histogram.longest().count(), all.back());
}

TEST(LatencyHistogram, TakesWhatNoClockShouldSay) {
  LatencyHistogram histogram;
  histogram.add(nanoseconds(-5));
  histogram.add(hours(24 * 365));
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.percentile(0.5).count(), 0);
  EXPECT_EQ(histogram.percentile(1), hours(24 * 365));
}

TEST(LatencyHistogram, ItsRangesHoldEverythingOnce) {
  LatencyHistogram histogram;
  for (const int value : {0, 31, 32, 63, 64, 5'000}) histogram.add(microseconds(value));

  const auto ranges = histogram.ranges();

  ASSERT_EQ(ranges.size(), 4U);
  const std::array<std::pair<int, std::uint64_t>, 4> expected{
      {{32, 2}, {64, 2}, {128, 1}, {8'192, 1}}};
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_EQ(ranges[i].under, microseconds(expected.at(i).first));
    EXPECT_EQ(ranges[i].count, expected.at(i).second);
  }
}

TEST(LatencyHistogram, DrawsALineForEachDoubling) {
  LatencyHistogram histogram;
  for (int i = 0; i < 3; ++i) histogram.add(microseconds(40));
  histogram.add(microseconds(100));
  EXPECT_EQ(histogram.to_text(),
            "under         64 us          3  ##################################################\n"
            "under        128 us          1  #################\n");
}

}  // namespace
}  // namespace fastness::client
