// Backups by schedule: one word when they begin to fail, one when they are made again, over
// restarts.
#include "upkeep/backup_watch.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "wording/testing/leftovers.h"

namespace fastness::upkeep {
namespace {

using namespace std::chrono_literals;
using Turn = BackupWatch::Turn;

constexpr Timestamp kNow{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)};

class BackupWatchTest : public ::testing::Test {
 protected:
  BackupWatchTest() { start(); }

  void start(std::chrono::hours every = 24h) {
    watch_ = BackupWatch::open(database_, every, clock_).value();
    watch_->on_turn([this](Turn turn, const Streak& streak) -> Result<void> {
      if (is_full_) return fail(Errc::exhausted, "the disk is full");
      told_.push_back((turn == Turn::began ? "began " : "ended ") +
                      std::string(to_text(streak.trouble)));
      return {};
    });
  }
  void pass(std::chrono::hours time) {
    clock_.advance(time);
    ASSERT_TRUE(watch_->tick());
  }
  [[nodiscard]] const std::optional<BackupWatch::Failing>& failing() const {
    return watch_->standing()->failing;
  }

  fastness::testing::ManualClock clock_{kNow};
  storage::Database database_ = storage::Database::open_in_memory().value();
  std::unique_ptr<BackupWatch> watch_;
  std::vector<std::string> told_;
  bool is_full_ = false;
};

using Words = std::vector<std::string>;

TEST_F(BackupWatchTest, AStreakIsToldOnceAtItsBeginningAndOnceAtItsEnd) {
  ASSERT_TRUE(watch_->note_failure(Trouble::pack));
  pass(1h);
  ASSERT_TRUE(watch_->note_failure(Trouble::copy));
  EXPECT_EQ(told_, Words{"began pack"});
  EXPECT_EQ(failing()->latest, Trouble::copy);
  EXPECT_EQ(failing()->streak.since, kNow);

  ASSERT_TRUE(watch_->note_made(clock_.now()));
  ASSERT_TRUE(watch_->note_made(clock_.now()));
  EXPECT_FALSE(failing());
  EXPECT_EQ(told_, (Words{"began pack", "ended pack"}));

  ASSERT_TRUE(watch_->note_failure(Trouble::pack));
  EXPECT_EQ(told_.size(), 3U) << "another streak, however soon, is another word";
}

TEST_F(BackupWatchTest, ARestartForgetsNoFailureAndTellsNoneTwice) {
  ASSERT_TRUE(watch_->note_failure(Trouble::verify));
  const Streak streak = failing()->streak;
  start();

  ASSERT_TRUE(failing());
  EXPECT_EQ(failing()->streak, streak);
  ASSERT_TRUE(watch_->note_failure(Trouble::verify));
  EXPECT_EQ(told_, Words{"began verify"});
}

TEST_F(BackupWatchTest, WhatCannotBeToldIsNotWrittenDownAndComesWithTheNextReport) {
  is_full_ = true;
  EXPECT_FALSE(watch_->note_failure(Trouble::pack));
  EXPECT_FALSE(failing());
  start();
  EXPECT_FALSE(failing());

  is_full_ = false;
  ASSERT_TRUE(watch_->note_failure(Trouble::pack));
  EXPECT_EQ(told_, Words{"began pack"});
}

TEST_F(BackupWatchTest, OneThatNobodyReportsIsLateAfterTwoTurns) {
  ASSERT_TRUE(watch_->note_made(kNow));
  pass(47h);
  EXPECT_FALSE(failing());
  pass(1h);
  ASSERT_TRUE(failing());
  EXPECT_EQ(failing()->latest, Trouble::late);
  pass(100h);
  EXPECT_EQ(told_, Words{"began late"});

  ASSERT_TRUE(watch_->note_not_due(clock_.now() - 1h));
  EXPECT_FALSE(failing()) << "there is one that was made in time";
  pass(47h);
  EXPECT_EQ(failing()->latest, Trouble::late) << "counted from when it was made, not from the word";
}

TEST_F(BackupWatchTest, ThatWhichWasNeverMadeIsLateToo) {
  pass(48h);
  EXPECT_EQ(failing()->latest, Trouble::late);
}

TEST_F(BackupWatchTest, AnInstanceThatWasOffGetsAChanceFirst) {
  ASSERT_TRUE(watch_->note_made(kNow));
  clock_.advance(24h * 30);
  start();
  ASSERT_TRUE(watch_->tick());
  EXPECT_FALSE(failing());
  ASSERT_TRUE(watch_->note_made(clock_.now()));
  pass(1h);
  EXPECT_FALSE(failing());
}

// That the directory can be read says nothing about a backup that could not be written.
TEST_F(BackupWatchTest, NothingDueEndsOnlyAStreakOfTheDirectory) {
  ASSERT_TRUE(watch_->note_failure(Trouble::tidy));
  ASSERT_TRUE(watch_->note_not_due(kNow - 1h));
  EXPECT_TRUE(failing());
  ASSERT_TRUE(watch_->note_failure(Trouble::directory));
  ASSERT_TRUE(watch_->note_not_due(kNow - 1h));
  EXPECT_FALSE(failing());
}

TEST_F(BackupWatchTest, ABackupOfSinceEndsAStreakThoughTheWordOfItWasLost) {
  ASSERT_TRUE(watch_->note_failure(Trouble::pack));
  clock_.advance(2h);
  ASSERT_TRUE(watch_->note_not_due(kNow - 1h));
  EXPECT_TRUE(failing());
  ASSERT_TRUE(watch_->note_not_due(kNow + 1h));
  EXPECT_FALSE(failing());
}

// A clock that was wrong once must not silence the watch for years.
TEST_F(BackupWatchTest, ABackupOfTheFutureCountsAsNow) {
  ASSERT_TRUE(watch_->note_made(kNow + 24h * 400));
  EXPECT_EQ(watch_->standing()->newest, kNow);
  pass(48h);
  EXPECT_TRUE(failing());
}

TEST_F(BackupWatchTest, WithoutAScheduleNothingIsKnownAndWithOneAgainItBeginsAnew) {
  ASSERT_TRUE(watch_->note_failure(Trouble::pack));
  start(0h);
  EXPECT_FALSE(watch_->standing());
  ASSERT_TRUE(watch_->note_failure(Trouble::pack));
  pass(1000h);
  start();
  EXPECT_FALSE(failing());
  EXPECT_EQ(watch_->standing()->watched_since, clock_.now());
  EXPECT_EQ(told_, Words{"began pack"});
}

TEST_F(BackupWatchTest, ATestRestoreHasAStreakOfItsOwn) {
  ASSERT_TRUE(watch_->note_failure(Trouble::open));
  EXPECT_FALSE(failing()) << "backups are made";
  ASSERT_TRUE(watch_->tests()->failing);
  EXPECT_EQ(watch_->tests()->failing->latest, Trouble::open);
  ASSERT_TRUE(watch_->note_made(clock_.now()));
  ASSERT_TRUE(watch_->note_not_due(clock_.now()));
  start();
  EXPECT_TRUE(watch_->tests()->failing) << "only one that passes ends it";

  ASSERT_TRUE(watch_->note_failure(Trouble::pack));
  ASSERT_TRUE(watch_->note_test_passed());
  EXPECT_FALSE(watch_->tests()->failing);
  EXPECT_EQ(watch_->tests()->newest, kNow);
  EXPECT_TRUE(failing());
  EXPECT_EQ(told_, (Words{"began open", "began pack", "ended open"}));
}

TEST_F(BackupWatchTest, WhatIsSmallIsTriedEachTimeAndTheRestOnceAWeek) {
  constexpr std::uint64_t kLarge = BackupWatch::kSmall + 1;
  EXPECT_TRUE(watch_->is_test_due(kLarge)) << "none has passed yet";
  ASSERT_TRUE(watch_->note_test_passed());
  EXPECT_FALSE(watch_->is_test_due(kLarge));
  EXPECT_TRUE(watch_->is_test_due(BackupWatch::kSmall));
  clock_.advance(24h * 7 - 1h);
  EXPECT_TRUE(watch_->is_test_due(kLarge)) << "at the same time of day, a moment early";
  ASSERT_TRUE(watch_->note_test_passed());
  ASSERT_TRUE(watch_->note_failure(Trouble::room));
  EXPECT_TRUE(watch_->is_test_due(kLarge)) << "what failed is tried with the next";
  start(0h);
  EXPECT_FALSE(watch_->is_test_due(1));
}

TEST_F(BackupWatchTest, BackupsThatNobodyTriesAreTold) {
  for (int day = 0; day < 14; ++day) {
    ASSERT_FALSE(watch_->tests()->failing) << day;
    ASSERT_TRUE(watch_->note_made(clock_.now()));
    pass(24h);
  }
  ASSERT_TRUE(watch_->tests()->failing);
  EXPECT_EQ(watch_->tests()->failing->latest, Trouble::untested);
  EXPECT_EQ(told_, Words{"began untested"});
}

TEST(Streak, ComesBackFromItsTextAndNothingElseDoes) {
  const Streak streak{Trouble::copy, kNow};
  EXPECT_EQ(parse_streak(to_text(streak)), streak);
  for (const char* each : {"", "copy", "copy ", "copy x", "copy 1x", "other 1", " 1", "copy  1"}) {
    EXPECT_FALSE(parse_streak(each)) << each;
  }
}

TEST(Trouble, EachHasAWordOfItsOwnAndWordsForAPerson) {
  for (int i = 0; i <= static_cast<int>(Trouble::untested); ++i) {
    const auto trouble = static_cast<Trouble>(i);
    EXPECT_EQ(parse_trouble(to_text(trouble)), trouble);
    EXPECT_GT(explanation(trouble).en.size(), 20U);
    EXPECT_EQ(wording::testing::leftovers(explanation(trouble)), "");
  }
  EXPECT_FALSE(parse_trouble("/backup/fastness"));
}

}  // namespace
}  // namespace fastness::upkeep
