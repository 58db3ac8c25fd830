#include "journal/journal.h"

#include <algorithm>
#include <future>

#include <gtest/gtest.h>

#include "journal/frame.h"
#include "keys/testing/memory_vault.h"
#include "os/testing/faulty_file_system.h"
#include "telemetry/testing/captured_log.h"

namespace fastness::journal {
namespace {

Record record(std::string_view text) {
  return {1, to_bytes(as_bytes(text))};
}

class Journals : public ::testing::Test {
 protected:
  std::unique_ptr<Journal> open(Durability durability = Durability::fsync,
                                std::uint64_t segment_bytes = 1U << 20U) {
    auto journal = Journal::open(disk_, vault_, log_.log(),
                                 {.directory = "/journal",
                                  .durability = durability,
                                  .consumers = {"history"},
                                  .segment_bytes = segment_bytes,
                                  .max_queued_bytes = 1'000});
    EXPECT_TRUE(journal) << journal.error().message;
    return std::move(journal).value();
  }

  static Result<Position> append(Journal& journal, std::vector<Record> records) {
    std::promise<Result<Position>> done;
    const auto queued = journal.append(
        std::move(records), [&done](Result<Position> position) { done.set_value(position); });
    if (!queued) return Unexpected<Error>{queued.error()};
    return done.get_future().get();
  }

  static std::vector<std::string> contents(const Journal& journal, Position from = 1) {
    std::vector<std::string> found;
    EXPECT_TRUE(journal.replay(from, [&](Position, const Record& each) {
      found.emplace_back(as_text(each.payload));
      return Result<void>();
    }));
    return found;
  }

  os::testing::FaultyFileSystem disk_{1};
  keys::testing::MemoryVault vault_;
  telemetry::testing::CapturedLog log_;
};

TEST_F(Journals, ConfirmPositionsInOrder) {
  auto journal = open();

  EXPECT_EQ(*append(*journal, {record("a"), record("b")}), 1U);
  EXPECT_EQ(*append(*journal, {record("c")}), 3U);
  journal.reset();

  EXPECT_EQ(contents(*open()), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(contents(*open(), 3), (std::vector<std::string>{"c"}));
}

TEST_F(Journals, PutWhatIsQueuedIntoOneFrame) {
  auto journal = open();
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::promise<void> entered;
  // Holds the journal's thread, so that the rest has to queue up.
  ASSERT_TRUE(journal->append({record("first")}, [&](const Result<Position>&) {
    entered.set_value();
    released.wait();
  }));
  entered.get_future().wait();
  std::vector<std::future<Position>> positions;
  for (int i = 0; i < 20; ++i) {
    auto done = std::make_shared<std::promise<Position>>();  // shared with the callback
    positions.push_back(done->get_future());
    ASSERT_TRUE(journal->append(
        {record("x")}, [done](const Result<Position>& position) { done->set_value(*position); }));
  }
  const std::uint64_t calls = disk_.calls();
  release.set_value();

  for (std::size_t i = 0; i < positions.size(); ++i) EXPECT_EQ(positions[i].get(), i + 2);
  journal->stop();
  EXPECT_EQ(disk_.calls() - calls, 2U);  // a write and a sync
  EXPECT_EQ(journal->status().frames, 2U);
  EXPECT_EQ(journal->status().next, 22U);
}

TEST_F(Journals, RefuseMoreThanTheQueueHolds) {
  auto journal = open();
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::promise<void> entered;
  ASSERT_TRUE(journal->append({record("first")}, [&](const Result<Position>&) {
    entered.set_value();
    released.wait();
  }));
  entered.get_future().wait();
  const auto ignore = [](const Result<Position>&) {};

  EXPECT_TRUE(journal->append({{1, Bytes(900)}}, ignore));
  const auto refused = journal->append({{1, Bytes(900)}}, ignore);
  release.set_value();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::exhausted);
  journal->stop();
  EXPECT_EQ(journal->append({record("late")}, ignore).error().code, Errc::unavailable);
}

TEST_F(Journals, RefuseNothingAndTooMuch) {
  auto journal = open();

  EXPECT_EQ(append(*journal, {}).error().code, Errc::invalid_argument);
  EXPECT_EQ(append(*journal, {{1, Bytes(kMaxPayload + 1)}}).error().code, Errc::invalid_argument);
}

TEST_F(Journals, SayOnceThatTheDiskIsFullAndThatItIsNot) {
  auto journal = open();
  ASSERT_TRUE(append(*journal, {record("a")}));
  disk_.fail_call(disk_.calls() + 1, Errc::exhausted);  // the write
  disk_.set_capacity(0);

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(append(*journal, {record("lost")}).error().code, Errc::exhausted);
  }
  EXPECT_TRUE(journal->status().is_failing);
  disk_.set_capacity(std::nullopt);
  EXPECT_EQ(*append(*journal, {record("b")}), 2U);

  EXPECT_FALSE(journal->status().is_failing);
  EXPECT_EQ(journal->status().failures, 3U);
  const auto lines = log_.lines();
  EXPECT_EQ(
      std::ranges::count_if(lines, [](const auto& l) { return l.find("write_failed") != l.npos; }),
      1);
  EXPECT_TRUE(log_.contains("writes_again"));
  journal.reset();
  EXPECT_EQ(contents(*open()), (std::vector<std::string>{"a", "b"}));
}

TEST_F(Journals, RememberCheckpoints) {
  {
    auto journal = open();
    ASSERT_TRUE(append(*journal, {record("a"), record("b")}));
    EXPECT_EQ(journal->checkpoint_of("history"), 1U);
    journal->checkpoint("history", 3);
  }

  EXPECT_EQ(open()->checkpoint_of("history"), 3U);
}

TEST_F(Journals, WithoutDurabilityConfirmBeforeWriting) {
  auto journal = open(Durability::none);
  ASSERT_TRUE(append(*journal, {record("a")}));
  disk_.fail_call(disk_.calls() + 1, Errc::unavailable);

  EXPECT_TRUE(append(*journal, {record("b")}));
}

TEST_F(Journals, TakeAppendsFromManyThreads) {
  auto journal = open();
  constexpr int kThreads = 4;
  constexpr int kAppends = 50;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&journal] {
      for (int i = 0; i < kAppends; ++i) EXPECT_TRUE(append(*journal, {record("x"), record("y")}));
    });
  }
  for (std::thread& thread : threads) thread.join();
  journal.reset();

  EXPECT_EQ(contents(*open()).size(), std::size_t{2} * kThreads * kAppends);
}

TEST_F(Journals, ARecordIsHeldToItsBytes) {
  auto journal = open(Durability::fsync, 2 * Journal::kMaxAppend);

  EXPECT_TRUE(append(*journal, {{1, Bytes(kMaxPayload)}}));
  EXPECT_EQ(append(*journal, {{1, Bytes(kMaxPayload + 1)}}).error().code, Errc::invalid_argument);
}

TEST_F(Journals, AnAppendIsHeldToItsBytes) {
  auto journal = open(Durability::fsync, 2 * Journal::kMaxAppend);
  // As many whole records as fit, and one that fills the rest.
  std::vector<Record> records;
  std::size_t size = 0;
  const std::size_t whole = frame_cost({1, Bytes(kMaxPayload)});
  for (; size + whole <= Journal::kMaxAppend; size += whole) {
    records.push_back({1, Bytes(kMaxPayload)});
  }
  const std::size_t overhead = whole - kMaxPayload;
  records.push_back({1, Bytes(Journal::kMaxAppend - size - overhead)});

  EXPECT_TRUE(append(*journal, records));
  records.back().payload.push_back(0);
  EXPECT_EQ(append(*journal, records).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace fastness::journal
