#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "history/history.h"
#include "history/rollup.h"
#include "history/testing/history_fixture.h"

namespace fastness::history {
namespace {

using namespace std::chrono_literals;
using testing::HistoryFixture;

class Aggregates : public HistoryFixture {
 protected:
  void add(std::chrono::microseconds offset, Value value) {
    history().append(series(), {start() + offset, std::move(value)}, next_position());
  }
  std::vector<double> values(Aggregation aggregation, std::chrono::seconds interval = 60s) {
    const auto found =
        history().aggregate(series(), {start(), start() + 24h}, interval, aggregation);
    EXPECT_TRUE(found);
    std::vector<double> all;
    for (const Aggregate& each : *found) all.push_back(each.value);
    return all;
  }
};

TEST_F(Aggregates, AreWhatTheirNamesSay) {
  for (int i = 1; i <= 5; ++i) add(i * 1s, i);
  add(120s, 7.5);

  EXPECT_EQ(values(Aggregation::average), (std::vector{3.0, 7.5}));
  EXPECT_EQ(values(Aggregation::minimum), (std::vector{1.0, 7.5}));
  EXPECT_EQ(values(Aggregation::maximum), (std::vector{5.0, 7.5}));
  EXPECT_EQ(values(Aggregation::sum), (std::vector{15.0, 7.5}));
  EXPECT_EQ(values(Aggregation::count), (std::vector{5.0, 1.0}));
  EXPECT_EQ(values(Aggregation::percentile_50), (std::vector{3.0, 7.5}));
  EXPECT_EQ(values(Aggregation::percentile_75), (std::vector{4.0, 7.5}));
  EXPECT_NEAR(values(Aggregation::percentile_99)[0], 4.96, 1e-9);
  EXPECT_NEAR(values(Aggregation::percentile_5)[0], 1.2, 1e-9);
}

TEST_F(Aggregates, OfSwitches) {
  add(1s, true);
  add(2s, false);
  add(61s, true);
  add(121s, false);

  EXPECT_EQ(values(Aggregation::bool_or), (std::vector{1.0, 1.0, 0.0}));
  EXPECT_EQ(values(Aggregation::bool_and), (std::vector{0.0, 1.0, 0.0}));
  EXPECT_EQ(values(Aggregation::average), (std::vector{0.5, 1.0, 0.0}));
}

TEST_F(Aggregates, AZeroBetweenNegativeAndPositiveIsFound) {
  add(1s, -1);
  add(2s, 0);
  add(3s, 1);
  add(61s, -1);
  add(62s, 1);

  EXPECT_EQ(values(Aggregation::bool_and), (std::vector{0.0, 1.0}));
}

TEST_F(Aggregates, TextsAreCountedAndSampledButHaveNoAverage) {
  add(1s, "a");
  add(2s, "b");
  add(61s, "c");

  EXPECT_EQ(values(Aggregation::count), (std::vector{2.0, 1.0}));
  EXPECT_TRUE(values(Aggregation::average).empty());
  EXPECT_TRUE(values(Aggregation::percentile_50).empty());
  const auto samples = history().sample(series(), {start(), start() + 1h}, 60s);
  ASSERT_TRUE(samples);
  EXPECT_EQ(*samples, (std::vector<Point>{{start() + 2s, "b"}, {start() + 61s, "c"}}));
}

TEST(Rollup, TimesBeforeTheFirstIntervalAreCorruption) {
  // Found by the fuzzer: the start of the earliest time's interval is no time.
  const Bytes bytes = from_hex("013a03ffffffffffffffffff4103").value();

  EXPECT_FALSE(decode_summaries(bytes));
}

TEST_F(Aggregates, RefuseSillyIntervals) {
  const TimeRange year{start() - 365 * 24h, start()};

  for (const std::chrono::seconds interval : {0s, -60s, 1s}) {
    EXPECT_EQ(history().summarise(series(), year, interval).error().code, Errc::invalid_argument);
    EXPECT_EQ(history().sample(series(), year, interval).error().code, Errc::invalid_argument);
    EXPECT_EQ(history().aggregate(series(), year, interval, Aggregation::percentile_5).error().code,
              Errc::invalid_argument);
  }
}

TEST_F(Aggregates, OfALongRangeReadNoPoints) {
  for (int i = 0; i < 20'000; ++i) add(i * 1s, i % 100);
  ASSERT_TRUE(history().checkpoint());
  clock().advance(61min);
  ASSERT_TRUE(history().checkpoint());
  spoil("history_points");  // whoever reads them, fails

  const auto hours = history().summarise(series(), {start(), start() + 24h}, 3'600s);
  const auto minutes = history().summarise(series(), {start(), start() + 24h}, 300s);

  ASSERT_TRUE(hours) << hours.error().message;
  ASSERT_TRUE(minutes) << minutes.error().message;
  std::uint64_t count = 0;
  for (const Summary& summary : *minutes) count += summary.count;
  EXPECT_EQ(count, 20'000U);
  EXPECT_FALSE(history().points(series(), {start(), start() + 24h}, Order::ascending, 1));
}

// Against a model that is obviously right: a map from time to value.
class AgainstAModel : public HistoryFixture, public ::testing::WithParamInterface<int> {
 protected:
  void live() {
    for (int step = 0; step < 400; ++step) {
      const std::uint64_t choice = random_() % 100;
      if (choice < 90) {
        add_some();
      } else if (choice < 96) {
        ASSERT_TRUE(history().checkpoint());
        stored_ = pending_.size();
      } else if (choice < 98) {
        clock().advance(std::chrono::minutes(random_() % 120));
      } else {
        crash();
      }
    }
  }

  void add_some() {
    const bool is_late = random_() % 5 == 0;
    if (is_late) cursor_ = start() - std::chrono::seconds(random_() % (3 * 86'400));
    for (std::uint64_t left = random_() % 40; left != 0; --left) {
      cursor_ += std::chrono::seconds(random_() % 90);
      if (random_() % 10 == 0) cursor_ -= std::chrono::seconds(random_() % 300);
      // Quarters: sums are exact, whatever their order.
      const auto quarters = static_cast<double>(random_() % 4'000);
      const Value value =
          GetParam() % 2 == 0 ? Value(quarters / 4) : Value(static_cast<std::int64_t>(quarters));
      pending_.push_back({next_position(), {cursor_, value}});
      history().append(series(), pending_.back().second, pending_.back().first);
      model_.insert_or_assign(cursor_, value);
    }
  }

  // The process dies; the journal replays from the last checkpoint, or from one before it.
  void crash() {
    reopen();
    std::size_t from = stored_ == 0 ? 0 : stored_ - random_() % std::min<std::size_t>(stored_, 50);
    for (; from < pending_.size(); ++from) {
      history().append(series(), pending_[from].second, pending_[from].first);
    }
  }

  std::vector<Point> expected(TimeRange range) const {
    std::vector<Point> points;
    for (const auto& [time, value] : model_) {
      if (range.holds(time)) points.push_back({time, value});
    }
    return points;
  }

  void check(TimeRange range) {
    std::vector<Point> want = expected(range);
    const auto forward = history().points(series(), range, Order::ascending, 1'000'000);
    const auto backward = history().points(series(), range, Order::descending, 1'000'000);
    ASSERT_TRUE(forward) << forward.error().message;
    ASSERT_TRUE(backward);
    EXPECT_EQ(*forward, want);
    for (const std::chrono::seconds interval : {45s, 60s, 300s, 3'600s, 7'200s, 86'400s}) {
      SCOPED_TRACE(interval.count());
      const auto summaries = history().summarise(series(), range, interval);
      ASSERT_TRUE(summaries) << summaries.error().message;
      EXPECT_EQ(*summaries, summarise_points(want, interval));
    }
    std::ranges::reverse(want);
    EXPECT_EQ(*backward, want);
  }

  const std::uint64_t seed_ = std::random_device()();
  std::mt19937_64 random_{seed_};
  Timestamp cursor_ = start();
  std::map<Timestamp, Value> model_;
  std::vector<std::pair<std::uint64_t, Point>> pending_;
  std::size_t stored_ = 0;
};

TEST_P(AgainstAModel, EveryQueryAgrees) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  live();

  check({start() - 10 * 24h, start() + 10 * 24h});
  for (int i = 0; i < 10; ++i) {
    const Timestamp from = start() - std::chrono::seconds(random_() % (3 * 86'400));
    check({from, from + std::chrono::seconds(random_() % (2 * 86'400))});
  }
  ASSERT_TRUE(history().checkpoint());
  check({start() - 10 * 24h, start() + 10 * 24h});
}

INSTANTIATE_TEST_SUITE_P(Seeds, AgainstAModel, ::testing::Range(0, 4));

TEST_F(Aggregates, AQueryHasAsManyIntervalsAsAllowedAndNotOneMore) {
  const TimeRange at_the_limit{start(), start() + History::kMaxIntervals * 1s};
  const TimeRange past_it{start(), start() + (History::kMaxIntervals + 1) * 1s};

  EXPECT_TRUE(history().aggregate(series(), at_the_limit, 1s, Aggregation::average));
  const auto refused = history().aggregate(series(), past_it, 1s, Aggregation::average);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace fastness::history
