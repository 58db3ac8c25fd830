#include "pipeline/pipeline.h"

#include <condition_variable>
#include <deque>
#include <mutex>

#include <gtest/gtest.h>

#include "history/history.h"
#include "journal/journal.h"
#include "os/testing/faulty_file_system.h"
#include "os/testing/held_syncs.h"
#include "pipeline/reading_record.h"
#include "telemetry/log.h"
#include "things/testing/registry.h"

namespace fastness::pipeline {
namespace {

using namespace std::chrono_literals;
using os::testing::FaultyFileSystem;
using os::testing::HeldSyncs;
using Outcome = things::LastValues::Outcome;
using things::Source;
using things::testing::organisation;
using things::testing::property;

// Tasks posted from any thread, run when the test says so.
class Tasks {
 public:
  void post(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
  }
  void run_all() {
    for (;;) {
      std::function<void()> task;
      {
        const std::lock_guard lock(mutex_);
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
};

// What one submit was answered, awaited.
class Answer {
 public:
  std::function<void(Result<void>)> callback() {
    return [this](Result<void> result) {
      const std::lock_guard lock(mutex_);
      result_ = std::move(result);
      ++calls_;
      wake_.notify_one();
    };
  }
  bool is_there() {
    const std::lock_guard lock(mutex_);
    return result_.has_value();
  }
  Result<void> wait() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return result_.has_value(); });
    EXPECT_EQ(calls_, 1);
    return *result_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Result<void>> result_;
  int calls_ = 0;
};

// A pipeline over a real journal on a disk that may fail, with real last values and history.
class Running {
 public:
  Running(things::testing::Registry& world, os::FileSystem& disk) : world_(world) {
    const journal::Journal::Options options{
        "/journal",
        Durability::fsync,
        {},
        {std::string(Pipeline::kLastValues), std::string(Pipeline::kHistory)},
        1U << 16U};
    auto opened =
        journal::Journal::open(disk, world.vault, world.clock, telemetry::Log::discard(), options);
    if (!opened) {
      error_ = opened.error();
      return;
    }
    journal_ = std::move(opened).value();
    history_ = history::History::open(*world.store, *world.keys, world.clock, {}).value();
    pipeline_ = std::make_unique<Pipeline>(
        *journal_, *world.last_values, *history_,
        Pipeline::Threads{[this](auto task) { control_.post(std::move(task)); },
                          [this](auto task) { seal_.post(std::move(task)); }},
        telemetry::Log::discard());
    pipeline_->on_live([this](const std::vector<Committed>& batch) {
      live_.insert(live_.end(), batch.begin(), batch.end());
    });
    if (auto replayed = pipeline_->replay(); !replayed) error_ = replayed.error();
  }
  ~Running() {
    pipeline_.reset();
    if (journal_) journal_->stop();
    control_.run_all();
  }

  Result<void> submit(std::vector<Reading> readings) {
    Answer answer;
    pipeline_->submit(std::move(readings), answer.callback());
    auto result = answer.wait();
    control_.run_all();
    return result;
  }

  // The whole stored and open history of a series, as numbers.
  std::vector<double> numbers(const Reading& of) const {
    std::vector<double> all;
    const auto points = history_->points({of.organisation, of.series},
                                         {Timestamp{}, world_.clock.now() + std::chrono::days(1)},
                                         history::Order::ascending, 1'000'000);
    for (const history::Point& point : points.value()) all.push_back(*point.value.as_number());
    return all;
  }

  std::optional<Error> error_;
  Tasks control_;
  Tasks seal_;
  std::vector<Committed> live_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<history::History> history_;
  std::unique_ptr<Pipeline> pipeline_;

 private:
  things::testing::Registry& world_;
};

class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() : world_(history::History::families()) {
    const auto twin = world_.add_twin(
        organisation(1), {property("temp", "FLOAT"), property("lamp", "HOME_DIMMED_LIGHT")});
    view_ = world_.things->published().load()->thing(organisation(1), twin.thing);
  }
  Reading reading(double value, std::chrono::milliseconds after = 0ms,
                  Source source = Source::device) {
    return ingest_one(*view_, {"temp", value, {}}, source, Direction::report,
                      world_.clock.now() + after)
        .value();
  }
  const things::LastValue* last() { return world_.last_values->find(reading(0).property); }

  things::testing::Registry world_;
  FaultyFileSystem disk_{1};
  std::shared_ptr<const things::ThingView> view_;
};

TEST_F(PipelineTest, ADurableReadingReachesLastValueHistoryAndLive) {
  Running running(world_, disk_);

  ASSERT_TRUE(running.submit({reading(21.5)}));

  EXPECT_EQ(last()->value, Value(21.5));
  EXPECT_EQ(running.numbers(reading(0)), (std::vector{21.5}));
  ASSERT_EQ(running.live_.size(), 1U);
  EXPECT_EQ(running.live_[0].reading, reading(21.5));
  EXPECT_EQ(running.live_[0].outcome, Outcome::news);
}

TEST_F(PipelineTest, NothingIsKnownBeforeItIsDurable) {
  Running running(world_, disk_);
  disk_.cut_power();

  EXPECT_FALSE(running.submit({reading(21.5)}));

  EXPECT_EQ(last(), nullptr);
  EXPECT_TRUE(running.live_.empty());
  EXPECT_TRUE(running.numbers(reading(0)).empty());
}

TEST_F(PipelineTest, NobodyIsToldBeforeTheSync) {
  HeldSyncs held(disk_);
  Running running(world_, held);
  ASSERT_TRUE(running.submit({reading(1)}));
  held.hold();
  Answer answer;

  running.pipeline_->submit({reading(2, 1ms)}, answer.callback());
  held.wait_for_sync();
  running.control_.run_all();

  EXPECT_FALSE(answer.is_there()) << "a write over REST was answered while its sync was held back";
  EXPECT_EQ(last()->value, Value(1.0));
  held.release();
  EXPECT_TRUE(answer.wait());
}

TEST_F(PipelineTest, NoReadingsAreDurableAtOnce) {
  Running running(world_, disk_);
  Answer answer;

  running.pipeline_->submit({}, answer.callback());

  EXPECT_TRUE(answer.wait());
  EXPECT_TRUE(running.live_.empty());
}

TEST_F(PipelineTest, AfterAStopTheJournalRefusesAndSaysSo) {
  Running running(world_, disk_);
  running.journal_->stop();

  const auto refused = running.submit({reading(1)});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
}

TEST_F(PipelineTest, ARestartReplaysWhatWasNotStored) {
  {
    Running before(world_, disk_);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(before.submit({reading(i, i * 1ms)}));
  }
  world_.restart();
  EXPECT_EQ(last(), nullptr) << "nothing was flushed";

  Running after(world_, disk_);

  ASSERT_FALSE(after.error_) << after.error_->message;
  EXPECT_EQ(last()->value, Value(99.0));
  EXPECT_EQ(after.numbers(reading(0)).size(), 100U);
  EXPECT_TRUE(after.live_.empty()) << "nobody is told twice";
}

TEST_F(PipelineTest, AReplayOverACheckpointChangesNothing) {
  std::vector<double> expected;
  {
    Running before(world_, disk_);
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(before.submit({reading(i, i * 1ms)}));
    ASSERT_TRUE(before.pipeline_->finish());
    for (int i = 50; i < 80; ++i) ASSERT_TRUE(before.submit({reading(i, i * 1ms)}));
    expected = before.numbers(reading(0));
  }
  for (int restart = 0; restart < 3; ++restart) {
    world_.restart();
    Running after(world_, disk_);
    ASSERT_FALSE(after.error_);
    EXPECT_EQ(after.numbers(reading(0)), expected);
    EXPECT_EQ(last()->value, Value(79.0));
    if (restart == 1) {
      ASSERT_TRUE(after.pipeline_->finish());
    }
  }
}

TEST_F(PipelineTest, AfterACheckpointTheJournalNeedNotBeReplayed) {
  {
    Running before(world_, disk_);
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(before.submit({reading(i, i * 1ms)}));
    ASSERT_TRUE(before.pipeline_->finish());
  }
  world_.restart();
  Running after(world_, disk_);

  EXPECT_GE(after.journal_->checkpoint_of(Pipeline::kLastValues), 21U);
  EXPECT_GE(after.journal_->checkpoint_of(Pipeline::kHistory), 21U);
  EXPECT_EQ(last()->value, Value(19.0));
  EXPECT_EQ(after.numbers(reading(0)).size(), 20U);
}

TEST_F(PipelineTest, RecordsOfOthersDoNotHoldTheCheckpointBack) {
  {
    Running before(world_, disk_);
    ASSERT_TRUE(before.submit({reading(1)}));
    for (int i = 0; i < 10; ++i) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable wake;
      bool is_done = false;
      ASSERT_TRUE(before.journal_->append(
          {{static_cast<std::uint8_t>(RecordType::gateway), Bytes{1, 2, 3}}}, [&](auto) {
            const std::lock_guard done(mutex);
            is_done = true;
            wake.notify_one();
          }));
      wake.wait(lock, [&] { return is_done; });
    }
    ASSERT_TRUE(before.pipeline_->finish());
  }
  world_.restart();
  Running after(world_, disk_);

  ASSERT_FALSE(after.error_);
  // Ten records of others after one of ours; the journal's end is known up to its last batch.
  EXPECT_GE(after.journal_->checkpoint_of(Pipeline::kLastValues), 11U);
}

TEST_F(PipelineTest, AWriteAndItsEchoAreOnePointOfHistory) {
  Running running(world_, disk_);

  ASSERT_TRUE(running.submit({reading(5, 0ms, Source::api)}));
  ASSERT_TRUE(running.submit({reading(5, 200ms)}));

  EXPECT_EQ(running.numbers(reading(0)), (std::vector{5.0}));
  ASSERT_EQ(running.live_.size(), 2U);
  EXPECT_EQ(running.live_[1].outcome, Outcome::confirmation);
  EXPECT_EQ(last()->source, Source::device);
}

TEST_F(PipelineTest, APartialCompositeIsMadeWholeBeforeItGoesOn) {
  Running running(world_, disk_);
  const auto lamp = [&](Composite attributes, std::chrono::milliseconds after) {
    return ingest_one(*view_, {"lamp", Value::composite(std::move(attributes)).value(), {}},
                      Source::device, Direction::report, world_.clock.now() + after)
        .value();
  };
  ASSERT_TRUE(running.submit({lamp({{"swi", true}, {"bri", 10.0}}, 0ms)}));

  ASSERT_TRUE(running.submit({lamp({{"bri", 20.0}}, 1ms)}));

  EXPECT_EQ(running.live_.at(1).reading.value,
            Value::composite({{"swi", true}, {"bri", 20.0}}).value());
}

TEST_F(PipelineTest, BackfillGoesToHistoryOnly) {
  Running running(world_, disk_);
  ASSERT_TRUE(running.submit({reading(2, 0ms)}));

  ASSERT_TRUE(running.submit({reading(1, -5'000ms)}));

  EXPECT_EQ(last()->value, Value(2.0));
  EXPECT_EQ(running.numbers(reading(0)), (std::vector{1.0, 2.0}));
  EXPECT_EQ(running.live_.at(1).outcome, Outcome::older);
}

TEST_F(PipelineTest, WhatIsQueuedWhenAPipelineEndsHarmsNobody) {
  Answer answer;
  Tasks orphaned;
  {
    Running running(world_, disk_);
    running.pipeline_->submit({reading(1)}, answer.callback());
    ASSERT_TRUE(answer.wait());
    running.pipeline_.reset();
    running.control_.run_all();
    EXPECT_TRUE(running.live_.empty());
  }
  world_.restart();
  Running after(world_, disk_);
  EXPECT_EQ(last()->value, Value(1.0)) << "it was durable, so it is replayed";
}

// At every changing call of the disk in turn the power goes. What was acknowledged is there after
// the restart; what was not may be; order and values are never wrong.
TEST_F(PipelineTest, APowerCutAnywhereLosesNothingThatWasAcknowledged) {
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE("power cut at call " + std::to_string(call));
    FaultyFileSystem disk(call);
    disk.cut_power_at(call);
    things::testing::Registry world(history::History::families());
    const auto twin = world.add_twin(organisation(1), {property("temp", "FLOAT")});
    view_ = world.things->published().load()->thing(organisation(1), twin.thing);
    const auto make = [&](int i) {
      return ingest_one(*view_, {"temp", static_cast<double>(i), {}}, Source::device,
                        Direction::report, world.clock.now() + i * 1ms)
          .value();
    };

    int acknowledged = 0;
    int submitted = 0;
    {
      Running before(world, disk);
      for (int i = 0; i < 8 && !before.error_; ++i) {
        submitted = i + 1;
        if (!before.submit({make(i)})) break;
        acknowledged = i + 1;
        if (i == 4) static_cast<void>(before.pipeline_->finish());
      }
    }
    const bool was_cut = disk.is_off();
    disk.restore_power();
    world.restart();
    Running after(world, disk);

    ASSERT_FALSE(after.error_) << after.error_->message;
    const std::vector<double> kept = after.numbers(make(0));
    ASSERT_GE(static_cast<int>(kept.size()), acknowledged);
    ASSERT_LE(static_cast<int>(kept.size()), submitted);
    for (std::size_t i = 0; i < kept.size(); ++i) ASSERT_EQ(kept[i], static_cast<double>(i));
    const auto* last = world.last_values->find(make(0).property);
    ASSERT_EQ(last == nullptr, kept.empty());
    if (last != nullptr) {
      ASSERT_EQ(last->value, Value(kept.back()));
    }
    if (!was_cut) break;  // every call was tried
  }
}

}  // namespace
}  // namespace fastness::pipeline
