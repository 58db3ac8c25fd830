#include "journal/journal.h"

#include <algorithm>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "journal/frame.h"
#include "journal/journal_fixture_test.h"

namespace fastness::journal {
namespace {

using testing::Answer;
using testing::Journals;
using testing::record;

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

TEST_F(Journals, SayThatThereIsRoomAgainWithoutAnAppend) {
  auto journal = open();
  ASSERT_TRUE(append(*journal, {record("a")}));
  disk_.fail_call(disk_.calls() + 1, Errc::exhausted);
  disk_.set_capacity(0);
  EXPECT_FALSE(append(*journal, {record("lost")}));
  EXPECT_TRUE(journal->status().is_full);
  disk_.set_capacity(std::nullopt);

  journal->checkpoint("history", 1);
  journal->stop();

  EXPECT_FALSE(journal->status().is_failing);
  EXPECT_FALSE(journal->status().is_full);
  EXPECT_TRUE(log_.contains("writes_again"));
  journal.reset();
  journal = open();
  EXPECT_EQ(contents(*journal), (std::vector<std::string>{"a"}));
  EXPECT_EQ(*append(*journal, {record("b")}), 2U);
}

TEST_F(Journals, StayFullWhileThereIsNoRoom) {
  auto journal = open();
  ASSERT_TRUE(append(*journal, {record("a")}));
  disk_.fail_call(disk_.calls() + 1, Errc::exhausted);
  disk_.set_capacity(0);
  EXPECT_FALSE(append(*journal, {record("lost")}));

  journal->checkpoint("history", 1);
  journal->stop();

  EXPECT_TRUE(journal->status().is_failing);
  EXPECT_TRUE(journal->status().is_full);
  EXPECT_FALSE(log_.contains("writes_again"));
}

TEST_F(Journals, ADiskThatBreaksIsNotCalledFull) {
  auto journal = open();
  ASSERT_TRUE(append(*journal, {record("a")}));
  disk_.fail_call(disk_.calls() + 1, Errc::unavailable);

  EXPECT_FALSE(append(*journal, {record("lost")}));

  EXPECT_TRUE(journal->status().is_failing);
  EXPECT_FALSE(journal->status().is_full);
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
