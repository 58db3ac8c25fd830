// The segments on a disk that fails, and whose power goes: nothing that was acknowledged is lost
// beyond what its durability allows, nothing old is taken for new, and the log goes on.

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "journal/segment_log.h"
#include "keys/testing/memory_vault.h"
#include "os/testing/faulty_file_system.h"

namespace fastness::journal {
namespace {

using os::testing::FaultyFileSystem;

// So small that a segment holds about ten records, and that files are used again.
SegmentLog::Options options() {
  return {.directory = "/journal",
          .segment_bytes = 16'384,
          .max_free_segments = 1,
          .consumers = {"history"}};
}

// A record that says which it is, of a size that differs from its neighbours'.
Record record(std::uint64_t number) {
  Record made{static_cast<std::uint8_t>(number % 7), {}};
  ByteWriter out(made.payload);
  out.u64(number);
  made.payload.resize(8 + number % 13 * 100);
  return made;
}

// One life of a journal: writes until the disk fails or all is written; checkpoints now and then.
// Returns how many records were confirmed.
std::uint64_t live(FaultyFileSystem& disk, keys::SegmentKeys& vault, std::uint64_t from,
                   bool goes_on_after_failure) {
  auto log = SegmentLog::open(disk, vault, options());
  if (!log) return from;
  std::uint64_t confirmed = from;
  for (std::uint64_t tries = 0; tries < 40; ++tries) {
    const std::vector<Record> batch{record(confirmed + 1), record(confirmed + 2)};
    const auto position = log.value()->write(batch);
    if (position) {
      EXPECT_EQ(*position, confirmed + 1);
      confirmed += 2;
    } else if (!goes_on_after_failure) {
      break;
    }
    if (tries % 9 == 8) static_cast<void>(log.value()->checkpoint("history", confirmed / 2));
  }
  return confirmed;
}

void expect_all(FaultyFileSystem& disk, keys::SegmentKeys& vault, std::uint64_t confirmed) {
  auto log = SegmentLog::open(disk, vault, options());
  ASSERT_TRUE(log) << log.error().message;
  Position next = log.value()->checkpoint_of("history");
  const auto replayed = log.value()->replay(next, [&](Position position, const Record& each) {
    EXPECT_EQ(position, next);
    EXPECT_EQ(each, record(position));
    ++next;
    return Result<void>();
  });
  ASSERT_TRUE(replayed) << replayed.error().message;
  // What was being written when the power went may be there as well.
  EXPECT_GE(next, confirmed + 1);
  EXPECT_LE(next, confirmed + 3);
}

TEST(SegmentLogCrash, APowerCutAtAnyCallLosesNothingThatWasConfirmed) {
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    for (std::uint64_t call = 1;; ++call) {
      SCOPED_TRACE("seed " + std::to_string(seed) + " call " + std::to_string(call));
      keys::testing::MemoryVault vault;
      FaultyFileSystem disk(seed * 1'000 + call);
      disk.cut_power_at(call);
      const std::uint64_t confirmed = live(disk, vault, 0, false);
      const bool was_cut = disk.is_off();
      disk.restore_power();
      expect_all(disk, vault, confirmed);
      if (::testing::Test::HasFailure() || !was_cut) break;
    }
  }
}

TEST(SegmentLogCrash, TwoPowerCutsLoseNothingEither) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    keys::testing::MemoryVault vault;
    FaultyFileSystem disk(seed);
    std::uint64_t confirmed = 0;
    for (int cut = 0; cut < 3; ++cut) {
      disk.cut_power_at(disk.calls() + 1 + seed * 7 % 60 + static_cast<std::uint64_t>(cut));
      const std::uint64_t now = live(disk, vault, confirmed, false);
      disk.restore_power();
      auto log = SegmentLog::open(disk, vault, options());
      ASSERT_TRUE(log) << log.error().message;
      ASSERT_GT(log.value()->next_position(), now);
      confirmed = log.value()->next_position() - 1;
    }
    expect_all(disk, vault, confirmed);
  }
}

TEST(SegmentLogCrash, AnyFailingCallLosesNothingAndIsGotOver) {
  for (const Errc code : {Errc::unavailable, Errc::exhausted}) {
    for (std::uint64_t call = 1;; ++call) {
      SCOPED_TRACE("call " + std::to_string(call));
      keys::testing::MemoryVault vault;
      FaultyFileSystem disk(call);
      disk.fail_call(call, code);
      const std::uint64_t confirmed = live(disk, vault, 0, true);
      if (disk.calls() < call) break;  // it ran to its end: every call was tried
      if (confirmed == 0) {            // it failed while opening
        disk.restore_power();
        EXPECT_GT(live(disk, vault, 0, true), 70U);
        continue;
      }
      EXPECT_GE(confirmed, 78U);
      expect_all(disk, vault, confirmed);
      disk.cut_power();
      disk.restore_power();
      expect_all(disk, vault, confirmed);
      if (::testing::Test::HasFailure()) break;
    }
  }
}

TEST(SegmentLogCrash, WithoutFsyncAPowerCutLeavesAPrefixThatGoesOn) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    keys::testing::MemoryVault vault;
    FaultyFileSystem disk(seed);
    {
      auto log = SegmentLog::open(disk, vault, options()).value();
      for (std::uint64_t number = 1; number <= 40; ++number) {
        const std::vector<Record> batch{record(number)};
        ASSERT_TRUE(log->write(batch, Durability::os));
      }
      static_cast<void>(log->checkpoint("history", 35));
    }
    disk.cut_power();
    disk.restore_power();
    auto log = SegmentLog::open(disk, vault, options());
    ASSERT_TRUE(log) << log.error().message;
    const Position next = log.value()->next_position();
    EXPECT_LE(log.value()->checkpoint_of("history"), next);
    const std::vector<Record> batch{record(next)};
    ASSERT_TRUE(log.value()->write(batch, Durability::os));
    EXPECT_EQ(log.value()->next_position(), next + 1);
  }
}

TEST(SegmentLogCrash, ASyncedFrameKeepsThoseBeforeItWhateverTheyAskedFor) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    keys::testing::MemoryVault vault;
    FaultyFileSystem disk(seed);
    Position synced = 0;
    {
      auto log = SegmentLog::open(disk, vault, options()).value();
      for (std::uint64_t number = 1; number <= 60; ++number) {
        const std::vector<Record> batch{record(number)};
        const bool syncs = number % 7 == 0 && number < 50;
        ASSERT_TRUE(log->write(batch, syncs ? Durability::fsync : Durability::os));
        if (syncs) synced = number;
      }
    }
    disk.cut_power();
    disk.restore_power();

    auto log = SegmentLog::open(disk, vault, options());

    ASSERT_TRUE(log) << log.error().message;
    EXPECT_GT(log.value()->next_position(), synced);
    Position next = 1;
    ASSERT_TRUE(log.value()->replay(1, [&](Position position, const Record& each) {
      EXPECT_EQ(position, next);
      EXPECT_EQ(each, record(next++));
      return Result<void>();
    }));
    EXPECT_EQ(next, log.value()->next_position());
  }
}

// A log that lives several lives on one disk, some writes synced and some not, and what it has
// promised of each position.
class Chronicle {
 public:
  explicit Chronicle(std::uint64_t seed) : disk(seed) {}

  FaultyFileSystem disk;

  // Starts after the last end of the process or of the power, and compares what is there with what
  // was promised. False if the disk fails.
  bool open() {
    log_.reset();
    auto opened = SegmentLog::open(disk, vault_, options());
    if (!opened) {
      EXPECT_NE(opened.error().code, Errc::corrupted) << opened.error().message;
      return false;
    }
    log_ = std::move(opened).value();
    return compare();
  }

  // The power goes: what was not synced may be lost.
  void cut_power() {
    disk.cut_power();
    disk.restore_power();
    kept_ = synced_;
  }

  // Ten records, of which the fourth and the ninth are synced, and a checkpoint so far behind that
  // segments come free and are used again. Writes that fail are not tried again.
  void live() {
    for (std::uint64_t i = 0; i < 10; ++i) {
      write(i % 5 == 3 ? Durability::fsync : Durability::os);
      if (i % 5 == 4) {
        const Position next = log_->next_position();
        static_cast<void>(log_->checkpoint("history", next - std::min<Position>(next - 1, 4)));
      }
    }
  }

  void write(Durability durability) {
    const Position next = log_->next_position();
    const std::uint64_t number = ++last_number_;
    tried_[next].push_back(number);
    const std::vector<Record> batch{record(number)};
    const auto position = log_->write(batch, durability);
    if (!position) {
      EXPECT_NE(position.error().code, Errc::corrupted) << position.error().message;
      return;
    }
    EXPECT_EQ(*position, next);
    tried_[next] = {number};
    kept_ = next + 1;
    if (durability == Durability::fsync) synced_ = next + 1;
  }

  [[nodiscard]] Position synced() const { return synced_; }

 private:
  bool compare() {
    const Position end = log_->next_position();
    EXPECT_GE(end, kept_) << "what was acknowledged is lost";
    Position next = log_->checkpoint_of("history");
    EXPECT_LE(next, end);
    const auto replayed = log_->replay(next, [&](Position position, const Record& each) {
      EXPECT_EQ(position, next++);
      ByteReader in(each.payload);
      const std::uint64_t number = in.u64();
      EXPECT_EQ(each, record(number));
      EXPECT_TRUE(std::ranges::count(tried_[position], number))
          << "at " << position << " is " << number << ", which is of another time";
      tried_[position] = {number};
      return Result<void>();
    });
    if (!replayed) {
      EXPECT_NE(replayed.error().code, Errc::corrupted) << replayed.error().message;
      return false;
    }
    EXPECT_EQ(next, end);
    kept_ = std::max(kept_, end);
    return true;
  }

  keys::testing::MemoryVault vault_;
  std::unique_ptr<SegmentLog> log_;
  std::uint64_t last_number_ = 0;
  // What may stand at each position: the last that was acknowledged, or whatever was tried since.
  std::map<Position, std::vector<std::uint64_t>> tried_;
  Position kept_ = 1;    // what lies below is acknowledged, and no power cut has been since
  Position synced_ = 1;  // what lies below survives a power cut
};

constexpr int kLives = 5;

TEST(RecycledSegments, HoldFramesOfTheirEarlierUses) {
  Chronicle chronicle(1);
  ASSERT_TRUE(chronicle.open());
  chronicle.live();
  Bytes old(300);
  const std::string path = "/journal/segment-0000000000000001";
  ASSERT_TRUE((*chronicle.disk.open(path, os::OpenMode::read))
                  ->read_at(SegmentHeader::kBlock + 3'000, old));

  bool is_used_again = false;
  for (int life = 1; life < kLives; ++life) {
    chronicle.live();
    const bool is_gone = !chronicle.disk.open(path, os::OpenMode::read);
    is_used_again = is_used_again || (is_gone && chronicle.disk.holds(old));
  }

  EXPECT_TRUE(is_used_again) << "the tests below are about nothing";
}

TEST(RecycledSegments, SurviveAPowerCutAtAnyCallBetweenUnsyncedWrites) {
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE("call " + std::to_string(call));
    Chronicle chronicle(call);
    chronicle.disk.cut_power_at(call);
    for (int life = 0; life < kLives && chronicle.open(); ++life) chronicle.live();
    const bool was_cut = chronicle.disk.is_off();
    chronicle.cut_power();
    ASSERT_TRUE(chronicle.open());
    chronicle.live();
    chronicle.cut_power();
    ASSERT_TRUE(chronicle.open());
    if (HasFailure() || !was_cut) break;
  }
}

// A process that is killed has its writes in the kernel; the next one must not build on them before
// they are on the disk.
TEST(RecycledSegments, SurviveAKillAndThenAPowerCutAtAnyCall) {
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE("call " + std::to_string(call));
    Chronicle chronicle(call);
    ASSERT_TRUE(chronicle.open());
    chronicle.live();
    for (int i = 0; i < 3; ++i) chronicle.write(Durability::os);
    chronicle.disk.cut_power_at(chronicle.disk.calls() + call);
    const bool is_open = chronicle.open();
    if (is_open) chronicle.live();
    const bool was_cut = chronicle.disk.is_off();
    chronicle.cut_power();
    ASSERT_TRUE(chronicle.open());
    if (HasFailure() || !was_cut) break;
  }
}

TEST(RecycledSegments, SurviveAnyFailingCallAndThenAPowerCut) {
  constexpr std::uint64_t kSoon = 4;
  for (std::uint64_t call = 1;; ++call) {
    for (std::uint64_t later = 1; later <= kSoon; ++later) {
      SCOPED_TRACE("call " + std::to_string(call) + " cut " + std::to_string(later) + " later");
      Chronicle chronicle(call * kSoon + later);
      chronicle.disk.fail_call(call, Errc::unavailable);
      // The last of each row is cut at the end of the life in which the call failed.
      if (later != kSoon) chronicle.disk.cut_power_at(call + later);
      for (int life = 0; life < 3; ++life) {
        if (chronicle.open()) chronicle.live();
        if (chronicle.disk.is_off() || (later == kSoon && chronicle.disk.calls() > call)) break;
      }
      if (chronicle.disk.calls() < call) return;  // every call was tried
      chronicle.cut_power();
      ASSERT_TRUE(chronicle.open());
      chronicle.live();
      chronicle.cut_power();
      ASSERT_TRUE(chronicle.open());
      ASSERT_FALSE(HasFailure());
    }
  }
}

// The case that was reported as damage: unsynced writes, a sync that fails behind them, more
// writes, and a power cut.
TEST(RecycledSegments, ASyncThatFailsBehindUnsyncedWritesLosesNoneOfThem) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chronicle chronicle(seed);
    ASSERT_TRUE(chronicle.open());
    for (int i = 0; i < 5; ++i) chronicle.write(Durability::os);
    chronicle.disk.fail_call(chronicle.disk.calls() + 2, Errc::unavailable);  // its sync
    chronicle.write(Durability::fsync);
    chronicle.write(Durability::fsync);
    ASSERT_EQ(chronicle.synced(), 7U) << "the second one, and all before it";

    chronicle.cut_power();

    ASSERT_TRUE(chronicle.open());
  }
}

TEST(RecycledSegments, WhatCannotBeReadBackStopsTheLogAndCostsNoFile) {
  FaultyFileSystem disk(1);
  keys::testing::MemoryVault vault;
  const auto write = [](SegmentLog& log, std::uint64_t number, Durability durability) {
    const std::vector<Record> batch{record(number)};
    return log.write(batch, durability);
  };
  auto log = SegmentLog::open(disk, vault, options()).value();
  ASSERT_TRUE(write(*log, 1, Durability::fsync));
  ASSERT_TRUE(write(*log, 2, Durability::os));
  ASSERT_TRUE(write(*log, 3, Durability::os));
  disk.fail_call(disk.calls() + 2, Errc::unavailable);
  ASSERT_FALSE(write(*log, 4, Durability::fsync));
  // The second record, behind 4,096 bytes of header and a first frame of 185.
  disk.flip_bit("/journal/segment-0000000000000001", SegmentHeader::kBlock + 185 + 100);
  const std::size_t files = disk.list("/journal")->size();

  for (int i = 0; i < 5; ++i) {
    const auto refused = write(*log, 4, Durability::os);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
  }

  EXPECT_EQ(disk.list("/journal")->size(), files);
  log = SegmentLog::open(disk, vault, options()).value();
  EXPECT_EQ(log->next_position(), 2U) << "what was acknowledged as synced is there";
  EXPECT_TRUE(write(*log, 5, Durability::fsync));
}

}  // namespace
}  // namespace fastness::journal
