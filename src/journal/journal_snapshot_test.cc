// Copies of a journal that goes on.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "journal/journal_fixture_test.h"

namespace fastness::journal {
namespace {

using testing::Answer;
using testing::Journals;
using testing::record;

// A copy is opened as if the plug had been pulled at its moment.
class JournalSnapshots : public Journals {
 protected:
  void make_copy(const Journal::Snapshot& snapshot) {
    ASSERT_TRUE(disk_.create_directory("/copy"));
    const auto copied = snapshot.copy_to("/copy");
    ASSERT_TRUE(copied) << copied.error().message;
  }
  std::unique_ptr<Journal> open_copy() {
    auto journal =
        Journal::open(disk_, vault_, clock_, log_.log(),
                      {.directory = "/copy", .consumers = {"history"}, .segment_bytes = 1U << 20U});
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
