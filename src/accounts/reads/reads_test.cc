// Who reads far more than they do, what a thief gets unseen, and who is never an alarm.
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "accounts/reads/read_watch.h"
#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMiB = 1U << 20U;

class Reading : public testing::AccountsFixture {
 protected:
  Reading()
      : session_(make_user("me@x.y")),
        person_{session_.session.organisation, session_.session.user},
        key_{person_.organisation, person_.user, make_lasting_key()} {
    listen();
  }
  std::string make_lasting_key() {
    return accounts()
        .api_keys()
        .create(session_.session.organisation, session_.session.user, "dashboard", Scopes::all(),
                clock.now() + std::chrono::hours(24 * 400))
        .value()
        .key.client_id;
  }
  void listen() {
    accounts().news().keep();
    accounts().reads().on_alarm([this](const ReadAlarm& alarm) { alarms_.push_back(alarm); });
  }
  void restart() {
    ASSERT_TRUE(accounts().reads().write_all());
    crash();
  }
  void crash() {
    reopen();
    listen();
  }

  void read(const Reader& reader, std::uint64_t bytes, const char* address = "192.0.2.1") {
    accounts().reads().note(reader, bytes, address);
  }
  // An hour after another of so much.
  void live(const Reader& reader, std::chrono::hours hours, std::uint64_t bytes_an_hour) {
    for (std::chrono::hours hour{0}; hour < hours; ++hour) {
      for (int request = 0; request < 4; ++request) read(reader, bytes_an_hour / 4);
      clock.advance(1h);
      ASSERT_TRUE(accounts().reads().tick());
    }
  }
  std::set<NewsKind> take() {
    const auto waiting = accounts().news().waiting(session_.session.user).value();
    EXPECT_TRUE(accounts().news().mark_told(session_.session.user, waiting));
    std::set<NewsKind> found;
    for (const WaitingNews& each : waiting) found.insert(each.news.kind);
    return found;
  }
  std::int64_t rows() {
    return std::get<0>(**database.query_one<std::int64_t>("SELECT count(*) FROM reading_habit"));
  }
  using Kinds = std::set<NewsKind>;

  NewSession session_;
  Reader person_;
  Reader key_;
  std::vector<ReadAlarm> alarms_;
};

TEST_F(Reading, AStolenKeyThatDrainsIsToldToItsMakerAtOnceAndOnceADay) {
  live(key_, 24h * 5, 2 * kMiB);

  for (std::uint64_t given = 0; given < 200 * kMiB; given += kMiB) {
    read(key_, kMiB, "203.0.113.9");
  }

  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(alarms_[0].reader.client_id, key_.client_id);
  EXPECT_EQ(alarms_[0].address, "203.0.113.9");
  EXPECT_EQ(alarms_[0].allowed, 20 * kMiB);
  EXPECT_EQ(alarms_[0].bytes, 21 * kMiB) << "with the first that is too much";
  EXPECT_EQ(take(), Kinds{NewsKind::key_read_much});
  live(key_, 23h, 500 * kMiB);
  EXPECT_EQ(alarms_.size(), 1U);
  clock.advance(1h);
  read(key_, 60'000 * kMiB);
  EXPECT_EQ(alarms_.size(), 2U) << "the next day, if it is far more again";
}

TEST_F(Reading, APersonsSessionsAreOneReaderAndToldToThem) {
  live(person_, 24h * 3, kMiB / 2);

  read(person_, 17 * kMiB);

  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(alarms_[0].reader.actor(), "user:" + person_.user.value().to_text());
  EXPECT_EQ(take(), Kinds{NewsKind::read_much});
}

// It asks for much day and night, the first day too, over restarts and more than two of the periods
// that are remembered.
TEST_F(Reading, ABusyDashboardThatIsConstantNeverAlarms) {
  for (int day = 0; day < 75; ++day) {
    live(key_, 24h, 360 * kMiB);
    if (day % 9 == 0) restart();
  }

  EXPECT_TRUE(alarms_.empty());
  EXPECT_EQ(take(), Kinds());
}

TEST_F(Reading, WhoReadsMoreOnWorkingDaysOrOnceAMonthIsNone) {
  for (int week = 0; week < 10; ++week) {
    live(key_, 24h * 5, 300 * kMiB);
    live(key_, 24h * 2, 0);
    if (week % 4 == 3) read(key_, 2'500 * kMiB);  // a report of the month
  }

  EXPECT_TRUE(alarms_.empty());
}

TEST_F(Reading, WhoIsNewHasAHighBoundAndIsHeldToIt) {
  read(key_, ReadingHabit::kAllowedNew);
  EXPECT_TRUE(alarms_.empty());
  read(key_, 1);
  EXPECT_EQ(alarms_.size(), 1U);
}

TEST_F(Reading, WhoHasADayBehindThemHasTheLeastBoundAndIsHeldToIt) {
  live(key_, 24h, 1);

  read(key_, ReadingHabit::kAllowed);
  EXPECT_TRUE(alarms_.empty());
  read(key_, 1);

  EXPECT_EQ(alarms_.size(), 1U);
}

// The attack on the measure itself: to make much usual.
TEST_F(Reading, WhoReadsMoreEachHourIsNotUsualBeforeTheNextDay) {
  live(key_, 24h * 3, 2 * kMiB);
  const std::uint64_t allowed = 20 * kMiB;
  std::uint64_t given = 0;
  for (std::uint64_t step = 18 * kMiB; alarms_.empty() && given < 1'000 * kMiB; step += kMiB) {
    read(key_, step);
    given += step;
    clock.advance(1h);
  }

  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_LE(alarms_[0].bytes, allowed + kMiB);
}

// What is documented as not seen: less than ten times as much, or ever more over days.
TEST_F(Reading, APatientThiefIsNotSeen) {
  live(key_, 24h * 3, 10 * kMiB);
  live(key_, 24h, 100 * kMiB);
  live(key_, 24h, 1'000 * kMiB);

  EXPECT_TRUE(alarms_.empty());
}

TEST_F(Reading, OneReaderDoesNotHideAnother) {
  const Reader quiet{key_.organisation, key_.user, make_lasting_key()};
  live(key_, 24h, 360 * kMiB);
  live(quiet, 24h, kMiB);

  read(quiet, 100 * kMiB);

  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(alarms_[0].reader.client_id, quiet.client_id);
}

TEST_F(Reading, ARestartForgetsNeitherWhatIsUsualNorTheHourNorThatItWasTold) {
  live(key_, 24h * 2, 2 * kMiB);
  read(key_, 15 * kMiB);
  restart();
  EXPECT_TRUE(alarms_.empty());
  read(key_, 6 * kMiB);
  ASSERT_EQ(alarms_.size(), 1U) << "together it is too much";
  crash();

  read(key_, 100 * kMiB);

  EXPECT_EQ(alarms_.size(), 1U) << "told is on the disk with the news";
}

TEST_F(Reading, ACrashLosesNoMoreThanTheRunningHour) {
  live(key_, 24h * 2, 30 * kMiB);
  read(key_, 5 * kMiB);
  crash();

  read(key_, 299 * kMiB);
  EXPECT_TRUE(alarms_.empty()) << "thirty an hour are usual";
  read(key_, 2 * kMiB);
  EXPECT_EQ(alarms_.size(), 1U);
}

TEST_F(Reading, AClockThatIsSetBackStopsNothing) {
  live(key_, 24h * 3, 2 * kMiB);
  read(key_, 21 * kMiB);
  ASSERT_EQ(alarms_.size(), 1U);
  clock.advance(-30h);

  read(key_, 211 * kMiB);

  EXPECT_EQ(alarms_.size(), 2U);
}

TEST_F(Reading, NumbersThatAreTooLargeAreStillTooMuch) {
  live(key_, 24h * 2, 2 * kMiB);

  read(key_, ~std::uint64_t{0});
  read(key_, ~std::uint64_t{0});

  EXPECT_EQ(alarms_.size(), 1U);
  restart();
  clock.advance(24h);
  read(key_, 1);
  EXPECT_EQ(alarms_.size(), 1U) << "what was far too much is usual now";
}

TEST_F(Reading, MemoryIsBoundedAndWhoWasMovedOutIsKnownStill) {
  live(key_, 24h * 2, 2 * kMiB);
  read(key_, 15 * kMiB);
  Reader other = person_;
  for (std::size_t i = 0; i < ReadWatch::kMostInMemory + 10; ++i) {
    other.client_id = "fk" + std::to_string(i);
    read(other, 1);
    ASSERT_LE(accounts().reads().in_memory(), ReadWatch::kMostInMemory);
  }
  EXPECT_EQ(rows(), 1) << "of keys that there are";

  read(key_, 6 * kMiB);

  EXPECT_EQ(alarms_.size(), 1U);
}

TEST_F(Reading, WhoIsGoneOrHasReadNothingForLongIsForgotten) {
  live(key_, 2h, kMiB);
  live(person_, 2h, kMiB);
  ASSERT_EQ(rows(), 2);
  ASSERT_TRUE(accounts().api_keys().revoke(key_.organisation, key_.client_id));
  read(key_, 1);
  ASSERT_TRUE(accounts().reads().write_all());
  ASSERT_TRUE(accounts().reads().forget_old());
  EXPECT_EQ(rows(), 1) << "the key is gone";
  clock.advance(2 * ReadingHabit::kRemembered - 1h);  // since the last hour began
  ASSERT_TRUE(accounts().reads().forget_old());
  EXPECT_EQ(rows(), 1);
  clock.advance(1s);

  ASSERT_TRUE(accounts().reads().forget_old());

  EXPECT_EQ(rows(), 0);
}

TEST_F(Reading, WhatCannotBeWrittenIsToldInTheTrailAllTheSame) {
  live(key_, 24h * 2, 2 * kMiB);
  ASSERT_TRUE(database.run("ALTER TABLE reading_habit RENAME TO elsewhere"));

  read(key_, 21 * kMiB);

  EXPECT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(take(), Kinds());
  EXPECT_FALSE(accounts().reads().write_all());
  ASSERT_TRUE(database.run("ALTER TABLE elsewhere RENAME TO reading_habit"));
  EXPECT_TRUE(accounts().reads().write_all());
}

}  // namespace
}  // namespace fastness::accounts
