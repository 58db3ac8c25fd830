#include "journal/journal.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "journal/frame.h"
#include "keys/testing/memory_vault.h"
#include "os/testing/faulty_file_system.h"
#include "os/testing/held_syncs.h"
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
    auto journal = Journal::open(disk_, vault_, clock_, log_.log(),
                                 {.directory = "/journal",
                                  .durability = durability,
                                  .commit_window = window_,
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
  fastness::testing::ManualClock clock_{Timestamp{}};
  std::chrono::microseconds window_{0};
};

// What became of an append, for a test that must not wait for it.
class Answer {
 public:
  [[nodiscard]] Journal::Done done() {
    return [state = state_](const Result<Position>& position) { state->set_value(position); };
  }
  [[nodiscard]] bool is_there() const {
    return future_.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
  }
  [[nodiscard]] Result<Position> get() { return future_.get(); }

 private:
  // Shared with the callback.
  std::shared_ptr<std::promise<Result<Position>>> state_ =
      std::make_shared<std::promise<Result<Position>>>();
  std::future<Result<Position>> future_ = state_->get_future();
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

// A copy is opened as if the plug had been pulled at its moment.
class JournalSnapshots : public Journals {
 protected:
  void make_copy(const Journal::Snapshot& snapshot) {
    ASSERT_TRUE(disk_.create_directory("/copy"));
    const auto copied = snapshot.copy_to("/copy");
    ASSERT_TRUE(copied) << copied.error().message;
  }
  std::unique_ptr<Journal> open_copy() {
    auto journal = Journal::open(disk_, vault_, clock_, log_.log(),
                                 {.directory = "/copy",
                                  .consumers = {"history"},
                                  .segment_bytes = 1U << 20U});
    EXPECT_TRUE(journal) << journal.error().message;
    return std::move(journal).value();
  }
};

TEST_F(JournalSnapshots, HoldWhatWasAcknowledgedOfEveryDurability) {
  for (const Durability durability : {Durability::none, Durability::os, Durability::fsync}) {
    SCOPED_TRACE(static_cast<int>(durability));
    auto journal = open(durability);
    ASSERT_TRUE(append(*journal, {record("a"), record("b")}));
    ASSERT_TRUE(append(*journal, {record("c")}));
    make_copy(journal->begin_snapshot());
    ASSERT_TRUE(append(*journal, {record("later")}));
    // What is copied is what was written, not the room that a segment takes.
    EXPECT_LT(journal->begin_snapshot().size().value(), 10'000U);
    journal.reset();

    EXPECT_EQ(contents(*open_copy()), (std::vector<std::string>{"a", "b", "c"}));
    for (const char* folder : {"/copy", "/journal"}) {
      const auto names = disk_.list(folder).value();
      for (const std::string& name : names) {
        ASSERT_TRUE(disk_.remove(std::filesystem::path(folder) / name));
      }
    }
  }
}

// Other stores are copied before the journal is. What they lack then must still be there.
TEST_F(JournalSnapshots, KeepWhatConsumersFinishMeanwhile) {
  auto journal = open(Durability::fsync, 16U << 10U);
  ASSERT_TRUE(append(*journal, {record("first")}));
  {
    const Journal::Snapshot snapshot = journal->begin_snapshot();
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(append(*journal, {{1, Bytes(900, 'x')}}));
    journal->checkpoint("history", 31);
    ASSERT_TRUE(append(*journal, {record("last")}));
    make_copy(snapshot);
  }
  auto copy = open_copy();
  EXPECT_EQ(copy->checkpoint_of("history"), 1U);
  const auto found = contents(*copy);
  ASSERT_EQ(found.size(), 32U);
  EXPECT_EQ(found.front(), "first");
  EXPECT_EQ(found.back(), "last");

  // The checkpoint waited, and is stored once nobody copies any more.
  journal->stop();
  journal.reset();
  EXPECT_EQ(open(Durability::fsync, 16U << 10U)->checkpoint_of("history"), 31U);
}

TEST_F(JournalSnapshots, TakeWhatIsWrittenWhileTheyAreMadeOrNot) {
  auto journal = open(Durability::os, 64U << 10U);
  std::atomic<int> acknowledged{0};
  std::atomic<bool> is_over{false};
  std::thread writer([&] {
    for (int i = 0; i < 3'000 && !is_over; ++i) {
      if (append(*journal, {record(std::to_string(i))})) ++acknowledged;
    }
  });
  while (acknowledged < 100) std::this_thread::yield();
  const int before = acknowledged;
  make_copy(journal->begin_snapshot());
  is_over = true;
  writer.join();

  const auto found = contents(*open_copy());
  EXPECT_GE(found.size(), static_cast<std::size_t>(before));
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], std::to_string(i));
}

// The disk fails each call of a copy in turn: an error, and the journal goes on.
TEST_F(JournalSnapshots, AFailedCopyHarmsNothing) {
  auto journal = open();
  ASSERT_TRUE(append(*journal, {record("a")}));
  ASSERT_TRUE(disk_.create_directory("/copy"));
  int failures = 0;
  for (std::uint64_t call = 1; call < 100; ++call) {
    const Journal::Snapshot snapshot = journal->begin_snapshot();
    disk_.fail_call(disk_.calls() + call, Errc::exhausted);
    const auto copied = snapshot.copy_to("/copy");
    if (copied) {  // and the failure is still to come: this takes it
      for (int i = 0; i < 100 && disk_.create_directory("/elsewhere"); ++i) {
      }
      break;
    }
    EXPECT_EQ(copied.error().code, Errc::exhausted);
    ++failures;
    const auto names = disk_.list("/copy").value();
    for (const std::string& name : names) {
      ASSERT_TRUE(disk_.remove("/copy/" + name));
    }
  }
  EXPECT_GE(failures, 2);  // making a file, writing it

  EXPECT_TRUE(append(*journal, {record("b")}));
  journal.reset();
  EXPECT_EQ(contents(*open()), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace fastness::journal
