#include "history/history.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "history/testing/history_fixture.h"

namespace fastness::history {
namespace {

using namespace std::chrono_literals;
using testing::HistoryFixture;

constexpr TimeRange kAlways{Timestamp(0us), Timestamp(253'402'300'800s)};

class Histories : public HistoryFixture {
 protected:
  void add(std::chrono::microseconds offset, Value value) {
    history().append(series(), {start() + offset, std::move(value)}, next_position());
  }
  std::vector<Point> all(Order order = Order::ascending) {
    return points(series(), kAlways, order, 1'000'000);
  }
  std::vector<Point> points(const Series& which, TimeRange range, Order order, std::size_t limit) {
    auto found = history().points(which, range, order, limit);
    EXPECT_TRUE(found) << found.error().message;
    return found ? std::move(found).value() : std::vector<Point>{};
  }
  Point at(std::chrono::microseconds offset, Value value) {
    return {start() + offset, std::move(value)};
  }
};

// One organisation that was erased must not keep the journal from ever being let go.
TEST_F(Histories, PointsOfAnErasedOrganisationAreDroppedAndHoldNobodyUp) {
  const Series other{other_organisation(), series().id};
  add(0s, 1);
  history().append(other, {start(), 2}, next_position());
  vault().destroy_share(series().organisation);
  keys().forget(series().organisation);

  ASSERT_TRUE(history().checkpoint());

  EXPECT_EQ(history().status().failed_checkpoints, 0U);
  EXPECT_EQ(all().size(), 0U);
  EXPECT_EQ(points(other, kAlways, Order::ascending, 10).size(), 1U);
}

TEST_F(Histories, ShowPointsBeforeAndAfterTheyAreStored) {
  for (int i = 0; i < 10; ++i) add(i * 1s, i);
  const auto before = all();

  ASSERT_TRUE(history().checkpoint());
  const auto after = all();
  reopen();
  const auto reopened = all();

  ASSERT_EQ(before.size(), 10U);
  EXPECT_EQ(before[3], at(3s, 3));
  EXPECT_EQ(after, before);
  EXPECT_EQ(reopened, before);
}

TEST_F(Histories, RangesBeginInsideAndEndOutside) {
  for (int i = 0; i < 10; ++i) add(i * 1s, i);
  const TimeRange range{start() + 2s, start() + 5s};

  EXPECT_EQ(points(series(), range, Order::ascending, 100),
            (std::vector<Point>{at(2s, 2), at(3s, 3), at(4s, 4)}));
  EXPECT_EQ(points(series(), range, Order::descending, 2),
            (std::vector<Point>{at(4s, 4), at(3s, 3)}));
  EXPECT_TRUE(points(series(), {range.to, range.from}, Order::ascending, 100).empty());
  EXPECT_TRUE(points(series(), range, Order::ascending, 0).empty());
}

TEST_F(Histories, LatePointsComeInTheirPlaceAndRepeatedOnesReplace) {
  add(5s, 5);
  add(1s, 1);
  ASSERT_TRUE(history().checkpoint());
  add(3s, 3);
  add(5s, 55);
  add(-48h, 0);
  reopen();  // loses what was not stored: the journal brings it again
  add(3s, 3);
  add(5s, 55);
  add(-48h, 0);

  const std::vector<Point> expected{at(-48h, 0), at(1s, 1), at(3s, 3), at(5s, 55)};
  EXPECT_EQ(all(), expected);
  ASSERT_TRUE(history().checkpoint());
  EXPECT_EQ(all(), expected);
  std::vector<Point> backwards = all(Order::descending);
  std::ranges::reverse(backwards);
  EXPECT_EQ(backwards, expected);
}

TEST_F(Histories, ReplayingTheSameRecordsChangesNothing) {
  const std::uint64_t first = next_position();
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    history().append(series(), at(i * 1s, static_cast<std::int64_t>(i)), first + i);
  }
  ASSERT_TRUE(history().checkpoint());
  const auto before = all();
  const std::uint64_t bytes = history().status().stored_bytes;

  // The checkpoint was stored here but the journal's was not: everything comes again.
  reopen();
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    history().append(series(), at(i * 1s, static_cast<std::int64_t>(i)), first + i);
  }
  EXPECT_EQ(all(), before);
  ASSERT_TRUE(history().checkpoint());

  EXPECT_EQ(all(), before);
  const auto days = history().aggregate(series(), kAlways, 86'400s, Aggregation::count);
  ASSERT_FALSE(days);  // too many intervals
  const auto sums = history().summarise(series(), {start(), start() + 24h}, 86'400s);
  ASSERT_TRUE(sums);
  std::uint64_t count = 0;
  for (const Summary& summary : *sums) count += summary.count;
  EXPECT_EQ(count, 3'000U);
  EXPECT_EQ(history().status().stored_bytes, bytes);
}

TEST_F(Histories, WhatCameAfterAReplayReplacesWhatCameBeforeIt) {
  const auto first = [&] { history().append(series(), at(0s, 0), 1); };
  const auto second = [&] { history().append(series(), at(5s, 5), 2); };
  first();
  ASSERT_TRUE(history().checkpoint());
  clock().advance(61min);
  ASSERT_TRUE(history().checkpoint());  // the first chunk leaves memory
  second();
  ASSERT_TRUE(history().checkpoint());

  // The journal's own checkpoint was older than both.
  reopen();
  first();
  second();
  history().append(series(), at(5s, 55), 3);

  const std::vector<Point> expected{at(0s, 0), at(5s, 55)};
  EXPECT_EQ(all(), expected);
  ASSERT_TRUE(history().checkpoint());
  reopen();
  EXPECT_EQ(all(), expected);
}

TEST_F(Histories, OneRecordMayFillManyChunks) {
  const std::uint64_t position = next_position();
  for (int i = 0; i < 5'000; ++i) history().append(series(), at(i * 1s, i), position);
  auto begun = history().begin_checkpoint();
  history().append(series(), at(0s, -1), position);
  EXPECT_EQ(all().size(), 5'000U);
  ASSERT_TRUE(history().finish_checkpoint(*begun));

  EXPECT_EQ(all().size(), 5'000U);
  EXPECT_EQ(all().front(), at(0s, -1));
  ASSERT_TRUE(history().checkpoint());
  reopen();
  EXPECT_EQ(all().size(), 5'000U);
  EXPECT_EQ(all().front(), at(0s, -1));
}

TEST_F(Histories, QueriesRunBesideAppendsAndCheckpoints) {
  std::atomic<bool> is_over{false};
  std::thread reader([&] {
    while (!is_over) {
      const auto found = history().points(series(), kAlways, Order::ascending, 100'000);
      ASSERT_TRUE(found) << found.error().message;
      // Never a hole: what is appended in order is there up to some point.
      std::int64_t expected = 0;
      for (const Point& point : *found) ASSERT_EQ(point.value, Value(expected++));
    }
  });
  std::thread summariser([&] {
    while (!is_over) {
      ASSERT_TRUE(history().summarise(series(), {start(), start() + 24h}, 3'600s));
    }
  });
  for (int i = 0; i < 4'000; ++i) {
    add(i * 1s, i);
    if (i % 300 == 299) {
      ASSERT_TRUE(history().checkpoint());
    }
    if (i % 1'000 == 999) clock().advance(61min);
  }
  is_over = true;
  reader.join();
  summariser.join();

  EXPECT_EQ(all().size(), 4'000U);
}

TEST_F(Histories, OrganisationsAndSeriesDoNotMeet) {
  add(1s, 1);
  const Series other{other_organisation(), series().id};
  const Series neighbour{series().organisation, SeriesId(series().id.value() + 1)};
  history().append(other, at(1s, 2), next_position());
  history().append(neighbour, at(1s, 3), next_position());
  ASSERT_TRUE(history().checkpoint());

  EXPECT_EQ(all(), (std::vector<Point>{at(1s, 1)}));
  EXPECT_EQ(points(other, kAlways, Order::ascending, 10), (std::vector<Point>{at(1s, 2)}));
  EXPECT_EQ(points(neighbour, kAlways, Order::ascending, 10), (std::vector<Point>{at(1s, 3)}));
}

TEST_F(Histories, KeepEveryKindOfValue) {
  const Value position = Value::composite({{"lat", 45.46}, {"lon", 9.19}}).value();
  const Value values[] = {true, 1, 1.5, "text", position};
  std::chrono::seconds time{0};
  for (const Value& value : values) add(++time, value);
  ASSERT_TRUE(history().checkpoint());

  const auto found = all();
  ASSERT_EQ(found.size(), 5U);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].value, values[i]);
  EXPECT_EQ((*history().last(series()))->value, position);
  EXPECT_FALSE(history().last({series().organisation, SeriesId(99)})->has_value());
}

TEST_F(Histories, TheDiskHoldsNoValueInTheClear) {
  for (int i = 0; i < 100; ++i) add(i * 1s, "planted-history-value");
  ASSERT_TRUE(history().checkpoint());

  EXPECT_FALSE(disk_holds("planted-history-value"));
}

TEST_F(Histories, ClosedDaysNeedTheVaultsLeave) {
  add(1s, 1);
  ASSERT_TRUE(history().checkpoint());
  clock().advance(24h);
  reopen();
  vault().set_budget(0);

  const auto refused = history().points(series(), kAlways, Order::ascending, 10);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::exhausted);
  vault().set_budget(1);
  EXPECT_EQ(all().size(), 1U);
}

TEST_F(Histories, CheckpointsAreDueByTimeAndByBytes) {
  EXPECT_FALSE(history().is_checkpoint_due());
  add(1s, 1);
  EXPECT_FALSE(history().is_checkpoint_due());
  clock().advance(61s);
  EXPECT_TRUE(history().is_checkpoint_due());
  ASSERT_TRUE(history().checkpoint());
  EXPECT_FALSE(history().is_checkpoint_due());

  for (int i = 0; i < 200; ++i) add(i * 1s, std::string(1'000, 'x'));
  EXPECT_FALSE(history().is_checkpoint_due());
  for (int i = 0; i < 2'000; ++i) add(i * 1s, std::string(1'000, 'x'));
  EXPECT_TRUE(history().is_checkpoint_due());
  ASSERT_TRUE(history().checkpoint());
  EXPECT_LT(history().status().open_bytes, 1U << 20U);
}

TEST_F(Histories, PointsAppendedDuringACheckpointWaitForTheNext) {
  add(1s, 1);
  auto checkpoint = history().begin_checkpoint();
  ASSERT_TRUE(checkpoint);
  add(2s, 2);
  EXPECT_FALSE(history().begin_checkpoint());
  EXPECT_EQ(all().size(), 2U);

  const auto next = history().finish_checkpoint(*checkpoint);

  ASSERT_TRUE(next);
  EXPECT_EQ(*next, 2U);  // the second point's position: it is still needed
  EXPECT_EQ(all().size(), 2U);
  reopen();
  EXPECT_EQ(all(), (std::vector<Point>{at(1s, 1)}));
}

TEST_F(Histories, IdleSeriesLeaveMemory) {
  add(1s, 1);
  ASSERT_TRUE(history().checkpoint());
  EXPECT_EQ(history().status().open_chunks, 1U);
  clock().advance(61min);

  ASSERT_TRUE(history().checkpoint());

  EXPECT_EQ(history().status().open_chunks, 0U);
  EXPECT_EQ(history().status().open_bytes, 0U);
  EXPECT_EQ(all().size(), 1U);
}

TEST_F(Histories, AnOpenChunkIsWrittenOverAndOver) {
  for (int minute = 0; minute < 10; ++minute) {
    for (int i = 0; i < 60; ++i) add(minute * 60s + i * 1s, minute);
    ASSERT_TRUE(history().checkpoint());
  }

  EXPECT_EQ(stored_chunks(), 1U);
  EXPECT_EQ(all().size(), 600U);
  EXPECT_LT(history().status().stored_bytes, 3'000U);
  EXPECT_EQ(history().status().stored_bytes, history().stored_bytes(series().organisation));
}

TEST_F(Histories, AFullDiskLosesNothingAndIsVisible) {
  add(1s, 1);
  auto checkpoint = history().begin_checkpoint();
  way_to_vault().is_away = true;  // any failure: here, sealing fails
  keys().forget(series().organisation);
  EXPECT_FALSE(history().finish_checkpoint(*checkpoint));

  EXPECT_EQ(history().status().failed_checkpoints, 1U);
  EXPECT_EQ(all().size(), 1U);
  add(2s, 2);
  EXPECT_TRUE(history().begin_checkpoint());  // tries again
}

TEST_F(Histories, RetentionLetsGoOfOldDaysAndTakesNoNewOnes) {
  options().retention = std::chrono::days(10);
  reopen();
  for (int day = 0; day < 9; ++day) add(-day * 24h, day);
  ASSERT_TRUE(history().checkpoint());
  clock().advance(5 * 24h);
  std::vector<History::Disposal> disposed;
  history().on_disposed([&](const History::Disposal& each) { disposed.push_back(each); });

  ASSERT_TRUE(history().enforce_limits());
  add(-12 * 24h, 1);

  EXPECT_EQ(all().size(), 6U);
  ASSERT_EQ(disposed.size(), 1U);
  EXPECT_EQ(disposed[0].organisation, series().organisation);
  EXPECT_EQ(disposed[0].days, 3U);
  EXPECT_EQ(disposed[0].cause, History::Disposal::Cause::age);
  EXPECT_EQ(history().status().refused_too_old, 1U);
  reopen();
  EXPECT_EQ(all().size(), 6U);
}

TEST_F(Histories, TheCapIsKeptByWhoTakesMost) {
  const Series small{other_organisation(), SeriesId(7)};
  for (int day = 10; day >= 0; --day) {
    for (int i = 0; i < 1'000; ++i) add(-day * 24h + i * 1s, static_cast<double>(i * i % 977));
  }
  history().append(small, at(-10 * 24h, 1), next_position());
  ASSERT_TRUE(history().checkpoint());
  options().cap_bytes = history().status().stored_bytes / 2;
  reopen();

  ASSERT_TRUE(history().enforce_limits());

  EXPECT_LE(history().status().stored_bytes, *options().cap_bytes);
  EXPECT_GE(history().status().days_given_up, 5U);
  EXPECT_EQ(points(small, kAlways, Order::ascending, 10).size(), 1U);
  EXPECT_EQ(all().back(), at(999s, static_cast<double>(999 * 999 % 977)));
}

TEST_F(Histories, RemovedSeriesAreGone) {
  const Series neighbour{series().organisation, SeriesId(series().id.value() + 1)};
  history().append(neighbour, at(1s, 3), next_position());
  add(1s, 1);
  ASSERT_TRUE(history().checkpoint());
  add(2s, 2);

  ASSERT_TRUE(history().remove(series()));

  EXPECT_TRUE(all().empty());
  EXPECT_EQ(points(neighbour, kAlways, Order::ascending, 10).size(), 1U);
  ASSERT_TRUE(history().remove(neighbour));
  EXPECT_EQ(history().status().stored_bytes, 0U);
}

TEST_F(Histories, ACheckpointUnderWayDoesNotBringBackWhatIsRemoved) {
  add(1s, 1);
  auto checkpoint = history().begin_checkpoint();
  ASSERT_TRUE(checkpoint);

  ASSERT_TRUE(history().remove(series()));
  ASSERT_TRUE(history().finish_checkpoint(*checkpoint));

  EXPECT_TRUE(all().empty());
  EXPECT_EQ(stored_chunks(), 0U);
}

TEST_F(Histories, RemovedOrganisationsAreGone) {
  const Series other{other_organisation(), SeriesId(7)};
  history().append(other, at(1s, 3), next_position());
  add(1s, 1);
  ASSERT_TRUE(history().checkpoint());

  ASSERT_TRUE(history().remove(series().organisation));

  EXPECT_TRUE(all().empty());
  EXPECT_EQ(points(other, kAlways, Order::ascending, 10).size(), 1U);
  reopen();
  EXPECT_TRUE(all().empty());
}

TEST_F(Histories, ATamperedChunkIsCorruption) {
  for (int i = 0; i < 10; ++i) add(i * 1s, i);
  ASSERT_TRUE(history().checkpoint());
  clock().advance(61min);
  ASSERT_TRUE(history().checkpoint());  // leaves memory
  for (const char* family : {"history_points", "history_hours"}) {
    SCOPED_TRACE(family);
    flip_stored_bit(family);
    const auto found = history().points(series(), kAlways, Order::ascending, 10);
    const auto sums = history().summarise(series(), {start(), start() + 24h}, 3'600s);
    EXPECT_TRUE((!found && found.error().code == Errc::corrupted) ||
                (!sums && sums.error().code == Errc::corrupted));
    flip_stored_bit(family);
  }
  EXPECT_EQ(all().size(), 10U);
}

}  // namespace
}  // namespace fastness::history
