#include "incident/restriction/restrictions.h"

#include <string>

#include <gtest/gtest.h>

#include "incident/restriction/reason.h"

namespace fastness::incident {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 30)};

class RestrictionsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Restrictions> open() { return Restrictions::open(database_).value(); }

  storage::Database database_ = storage::Database::open_in_memory().value();
};

TEST_F(RestrictionsTest, NothingIsRestrictedAtFirst) {
  EXPECT_EQ(open()->level(), Level::normal);
}

TEST_F(RestrictionsTest, NeitherARestartNorTimeEndsOneButAnotherOrder) {
  auto restrictions = open();
  ASSERT_TRUE(restrictions->order(Level::devices_only, "a login was stolen", kNow));
  EXPECT_EQ(restrictions->level(), Level::devices_only);

  restrictions = open();
  EXPECT_EQ(restrictions->now().level, Level::devices_only);
  EXPECT_EQ(restrictions->now().since, kNow);
  EXPECT_EQ(restrictions->now().reason, "a login was stolen");
  ASSERT_TRUE(restrictions->order(Level::normal, "", kNow + 1h));
  EXPECT_EQ(open()->level(), Level::normal);
}

TEST_F(RestrictionsTest, ARestrictionHasAReasonOfOneLine) {
  const auto restrictions = open();
  for (const std::string& reason :
       {std::string(), std::string("two\nlines"), std::string(kMaxReason + 1, 'x')}) {
    const auto ordered = restrictions->order(Level::read_only, reason, kNow);
    ASSERT_FALSE(ordered);
    EXPECT_EQ(ordered.error().code, Errc::invalid_argument);
  }
  EXPECT_EQ(restrictions->level(), Level::normal);
}

TEST_F(RestrictionsTest, WhatCannotBeWrittenDownRestrictsAndDoesNotLift) {
  const auto restrictions = open();
  ASSERT_TRUE(restrictions->order(Level::no_newcomers, "as the attacker likes it", kNow));
  ASSERT_TRUE(database_.run_script("DROP TABLE incident_restriction"));
  EXPECT_FALSE(restrictions->order(Level::read_only, "worse", kNow));
  EXPECT_EQ(restrictions->level(), Level::read_only);
  EXPECT_FALSE(restrictions->order(Level::normal, "", kNow));
  EXPECT_EQ(restrictions->level(), Level::read_only);
}

TEST_F(RestrictionsTest, WhoEnforcesItHearsOfEachOrder) {
  const auto restrictions = open();
  std::string heard;
  restrictions->on_order([&](Level before, Level now) {
    heard += std::string(to_text(before)) + ">" + std::string(to_text(now)) + " ";
  });
  ASSERT_TRUE(restrictions->order(Level::status_only, "all is lost", kNow));
  ASSERT_TRUE(restrictions->order(Level::read_only, "it is not", kNow));
  ASSERT_FALSE(restrictions->order(Level::devices_only, "", kNow));
  EXPECT_EQ(heard, "normal>status-only status-only>read-only ");
}

TEST_F(RestrictionsTest, TheLastOrdersAreKeptAndNoMore) {
  auto restrictions = open();
  ASSERT_EQ(restrictions->last_orders().size(), 1U) << "nothing was ordered yet";
  for (std::size_t i = 0; i < Restrictions::kLastOrders; ++i) {
    const Level level = i % 2 == 0 ? Level::read_only : Level::normal;
    ASSERT_TRUE(restrictions->order(level, std::to_string(i), kNow + i * 1h));
  }
  for (int start = 0; start < 2; ++start) {
    const auto& last = restrictions->last_orders();
    ASSERT_EQ(last.size(), Restrictions::kLastOrders);
    EXPECT_EQ(last.front().reason, std::to_string(Restrictions::kLastOrders - 1));
    EXPECT_EQ(last.back().reason, "0");
    restrictions = open();
  }
}

TEST_F(RestrictionsTest, ALevelOfALaterVersionLetsNobodyIn) {
  (void)open();
  ASSERT_TRUE(
      database_.run("INSERT INTO incident_restriction (level, reason, ordered_at) VALUES (?, ?, ?)",
                    std::int64_t{77}, std::string("of tomorrow"), kNow));
  EXPECT_EQ(open()->level(), Level::status_only);
}

TEST(LevelText, IsReadAsItIsWritten) {
  for (const Level level : all_levels()) {
    EXPECT_EQ(parse_level(to_text(level)), level);
    EXPECT_FALSE(explanation(level).empty());
  }
  EXPECT_EQ(parse_level("everything"), std::nullopt);
  EXPECT_EQ(parse_level(""), std::nullopt);
}

}  // namespace
}  // namespace fastness::incident
