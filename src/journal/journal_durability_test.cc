// Who writes, who waits, and what an answer is worth.
#include <future>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "journal/frame.h"
#include "journal/journal_fixture_test.h"
#include "os/testing/held_syncs.h"

namespace fastness::journal {
namespace {

using testing::Answer;
using testing::Journals;
using testing::record;

TEST_F(Journals, WithoutDurabilityConfirmBeforeWriting) {
  auto journal = open(Durability::none);
  ASSERT_TRUE(append(*journal, {record("a")}));
  disk_.fail_call(disk_.calls() + 1, Errc::unavailable);

  EXPECT_TRUE(append(*journal, {record("b")}));
}

TEST_F(Journals, AnswerEachAppendAsDurableAsItAskedToBe) {
  os::testing::HeldSyncs held(disk_);
  auto journal =
      Journal::open(held, vault_, clock_, log_.log(),
                    {.directory = "/journal", .consumers = {}, .segment_bytes = 1U << 20U})
          .value();
  ASSERT_TRUE(append(*journal, {record("first")}));
  held.hold();
  Answer none;
  Answer os;
  Answer synced;
  ASSERT_TRUE(journal->append({record("n")}, Durability::none, none.done()));
  EXPECT_EQ(none.get().value(), 2U);
  ASSERT_TRUE(journal->append({record("o")}, Durability::os, os.done()));
  EXPECT_EQ(os.get().value(), 3U);
  EXPECT_EQ(journal->status().syncs, 1U) << "nobody had asked for a second one";

  ASSERT_TRUE(journal->append({record("f")}, Durability::fsync, synced.done()));
  held.wait_for_sync();
  EXPECT_FALSE(synced.is_there()) << "it was told that it is durable before the sync ended";
  held.release();
  EXPECT_EQ(synced.get().value(), 4U);
  journal->stop();
  EXPECT_EQ(journal->status().syncs, 2U);

  disk_.cut_power();
  disk_.restore_power();
  EXPECT_EQ(contents(*open()), (std::vector<std::string>{"first", "n", "o", "f"}));
}

// Who asks for no sync writes by himself, if nobody else is writing.
TEST_F(Journals, WhatNeedsNoSyncIsWrittenByItsCaller) {
  auto journal = open(Durability::os);
  ASSERT_EQ(*append(*journal, {record("first")}), 1U);  // begins the segment: the thread's work
  while (journal->status().next != 2) std::this_thread::yield();  // which it tells when it rests
  const std::uint64_t frames = journal->status().frames;

  std::thread::id told_by;
  ASSERT_TRUE(journal->append({record("a"), record("b")}, [&](const Result<Position>& position) {
    told_by = std::this_thread::get_id();
    EXPECT_EQ(*position, 2U);
  }));

  EXPECT_EQ(told_by, std::this_thread::get_id());
  EXPECT_EQ(journal->status().frames, frames + 1);
  EXPECT_EQ(journal->status().next, 4U);
  journal.reset();
  EXPECT_EQ(contents(*open()), (std::vector<std::string>{"first", "a", "b"}));
}

// A caller that must not block never syncs, and asks no vault for the key of a new segment.
TEST_F(Journals, WhatMayTakeLongIsTheThreadsWork) {
  auto journal = open(Durability::os, 8'192);
  const auto me = std::this_thread::get_id();
  std::promise<std::thread::id> told;
  const auto tell = [&](const Result<Position>&) { told.set_value(std::this_thread::get_id()); };

  ASSERT_TRUE(journal->append({record("begins a segment")}, tell));
  EXPECT_NE(told.get_future().get(), me);

  told = {};
  ASSERT_TRUE(journal->append({record("is synced")}, Durability::fsync, tell));
  EXPECT_NE(told.get_future().get(), me);

  told = {};
  ASSERT_TRUE(journal->append({{1, Bytes(6'000)}}, Durability::none, tell));
  EXPECT_NE(told.get_future().get(), me) << "needs another segment";
}

TEST_F(Journals, NobodyOvertakesWhoIsBeingWritten) {
  os::testing::HeldSyncs held(disk_);
  Journal::Options options;
  options.directory = "/journal";
  auto journal = Journal::open(held, vault_, clock_, log_.log(), options).value();
  ASSERT_TRUE(append(*journal, {record("begins a segment")}));
  held.hold();
  Answer first;
  ASSERT_TRUE(journal->append({record("synced")}, Durability::fsync, first.done()));
  held.wait_for_sync();

  Answer second;
  ASSERT_TRUE(journal->append({record("behind it")}, Durability::os, second.done()));
  EXPECT_FALSE(second.is_there());

  held.release();
  EXPECT_EQ(*first.get(), 2U);
  EXPECT_EQ(*second.get(), 3U);
}

// Some write by themselves, some through the thread: each is told once, in the order of the log.
TEST_F(Journals, AreWrittenFromManyThreadsInOneOrder) {
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  auto journal = open(Durability::os, 16'384);
  std::mutex mutex;
  std::vector<Position> told;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const auto durability = i % 16 == t ? Durability::fsync : Durability::os;
          const auto note = [&](const Result<Position>& position) {
            const std::lock_guard lock(mutex);
            told.push_back(*position);
          };
          while (!journal->append({record("x")}, durability, note)) std::this_thread::yield();
        }
      });
    }
  }
  journal->stop();

  ASSERT_EQ(told.size(), kThreads * kEach);
  for (std::size_t i = 0; i < told.size(); ++i) ASSERT_EQ(told[i], i + 1);
  journal.reset();
  EXPECT_EQ(contents(*open()).size(), kThreads * kEach);
}

TEST_F(Journals, ADiskThatIsFullIsTheThreadsToTry) {
  auto journal = open(Durability::os);
  ASSERT_TRUE(append(*journal, {record("begins a segment")}));
  disk_.fail_call(disk_.calls() + 1, Errc::exhausted);
  EXPECT_EQ(append(*journal, {record("fails")}).error().code, Errc::exhausted);
  EXPECT_TRUE(journal->status().is_failing);

  std::promise<std::thread::id> told;
  ASSERT_TRUE(journal->append({record("works again")}, [&](const Result<Position>& position) {
    EXPECT_TRUE(position);
    told.set_value(std::this_thread::get_id());
  }));

  EXPECT_NE(told.get_future().get(), std::this_thread::get_id());
}

TEST_F(Journals, NobodyInAFrameIsToldOfASyncThatFailed) {
  auto journal = open();
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::promise<void> entered;
  ASSERT_TRUE(journal->append({record("first")}, [&](const Result<Position>&) {
    entered.set_value();
    released.wait();
  }));
  entered.get_future().wait();
  Answer os;
  Answer synced;
  ASSERT_TRUE(journal->append({record("o")}, Durability::os, os.done()));
  ASSERT_TRUE(journal->append({record("f")}, Durability::fsync, synced.done()));
  disk_.fail_call(disk_.calls() + 2, Errc::unavailable);  // the sync after the write
  release.set_value();

  EXPECT_FALSE(os.get()) << "its frame does not count, and its position comes again";
  EXPECT_FALSE(synced.get());
  EXPECT_EQ(append(*journal, {record("next")}).value(), 2U);
}

TEST_F(Journals, GatherAppendsForTheCommitWindow) {
  window_ = std::chrono::milliseconds{2};
  auto journal = open();
  Answer first;
  Answer second;
  ASSERT_TRUE(journal->append({record("a")}, first.done()));
  clock_.advance(std::chrono::milliseconds{1});
  ASSERT_TRUE(journal->append({record("b")}, second.done()));
  EXPECT_FALSE(first.is_there()) << "its window is still open: the clock stands at 1 ms";

  clock_.advance(std::chrono::milliseconds{1});

  EXPECT_EQ(first.get().value(), 1U);
  EXPECT_EQ(second.get().value(), 2U);
  journal->stop();
  EXPECT_EQ(journal->status().syncs, 1U) << "both share one fdatasync";
}

TEST_F(Journals, DoNotWaitForTheWindowWhereNothingIsToBeSynced) {
  window_ = std::chrono::hours{1};
  auto journal = open(Durability::os);

  EXPECT_TRUE(append(*journal, {record("a")}));  // returns at all
}

TEST_F(Journals, AFullFrameEndsTheWindow) {
  window_ = std::chrono::hours{1};
  auto journal = Journal::open(disk_, vault_, clock_, log_.log(),
                               {.directory = "/journal",
                                .commit_window = window_,
                                .consumers = {},
                                .segment_bytes = 1U << 20U,
                                .max_frame_bytes = 500})
                     .value();
  Answer first;
  ASSERT_TRUE(journal->append({{1, Bytes(300)}}, first.done()));
  Answer second;
  ASSERT_TRUE(journal->append({{1, Bytes(300)}}, second.done()));

  EXPECT_EQ(first.get().value(), 1U);
  journal->stop();  // ends the window of the second
  EXPECT_EQ(second.get().value(), 2U);
}

}  // namespace
}  // namespace fastness::journal
