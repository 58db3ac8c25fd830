// Who signs in from where they cannot have travelled to, and what is not seen of it.
#include "accounts/travel/travels.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts {
namespace {

using namespace std::chrono_literals;

const std::string kBerlin = "192.0.2.1";
const std::string kHamburg = "192.0.3.1";
const std::string kTokyo = "198.51.100.7";
const std::string kSydney = "203.0.113.9";
const std::string kUnknown = "10.0.0.1";

std::optional<places::Coordinates> look_up(std::string_view address) {
  static const std::map<std::string, places::Coordinates, std::less<>> kPlaces{
      {kBerlin, {52.52, 13.40}},
      {kHamburg, {53.55, 9.99}},
      {kTokyo, {35.68, 139.69}},
      {kSydney, {-33.87, 151.21}}};
  const auto found = kPlaces.find(address);
  return found == kPlaces.end() ? std::nullopt : std::optional(found->second);
}

TEST(Stay, IsARegionAndNoHouse) {
  EXPECT_EQ(Region::of({52.52, 13.40}), (Region{53, 13}));
  EXPECT_EQ(Region::of({-33.87, -151.5}), (Region{-34, -152}));
  EXPECT_EQ(Region::of({0, -179.9}), Region::of({0, 180})) << "the same meridian";
}

TEST(Stay, IsReachedAsFastAsAnAirlinerFlies) {
  const Timestamp start{};
  const Region berlin = Region::of({52.52, 13.40});
  const Region tokyo = Region::of({35.68, 139.69});
  struct Case {
    const char* what;
    Region from;
    Region to;
    std::chrono::seconds passed;
    bool can;
  };
  for (const Case& each :
       {Case{"nowhere else", berlin, berlin, 0s, true},
        {"next door at once", berlin, Region::of({48.9, 13.4}), 0s, true},
        {"across a country at once", berlin, Region::of({46.5, 13.4}), 0s, false},
        {"across it by train", berlin, Region::of({46.5, 13.4}), 5h, true},
        {"half around in a night", berlin, tokyo, 8h, false},
        {"half around in a flight", berlin, tokyo, 11h, true},
        {"to the other side in a day", Region::of({0, 0}), Region::of({0, 180}), 23h, true},
        {"back in time", berlin, tokyo, -1s, true}}) {
    SCOPED_TRACE(each.what);
    EXPECT_EQ(can_be_travelled({each.from, start}, {each.to, start + each.passed}), each.can);
  }
}

TEST(Stay, ARouteIsTheSameBothWays) {
  EXPECT_EQ(route_between({53, 13}, {36, 140}), route_between({36, 140}, {53, 13}));
  EXPECT_NE(route_between({53, 13}, {36, 140}), route_between({53, 13}, {36, 141}));
}

class PeoplesTravels : public testing::AccountsFixture {
 protected:
  PeoplesTravels() : me_(make_user("me@x.y").session.user) { listen(); }

  void listen() {
    accounts().news().keep();
    accounts().travels().look_up_by(look_up);
    accounts().sign_in().on_alarm([this](const DoorAlarm& alarm) {
      if (alarm.kind == DoorAlarm::Kind::impossible_travel) alarms_.push_back(alarm);
    });
  }
  void come(const std::string& address, std::string_view email = "me@x.y") {
    ASSERT_TRUE(sign_in(email, testing::kPassword, address));
  }
  // Whether it waits to be told; it counts as told.
  bool is_told() {
    const auto waiting = accounts().news().waiting(me_).value();
    EXPECT_TRUE(accounts().news().mark_told(me_, waiting));
    return std::ranges::any_of(waiting, [](const WaitingNews& each) {
      return each.news.kind == NewsKind::impossible_travel;
    });
  }
  User me() { return accounts().users().find(me_).value(); }
  std::int64_t stays() {
    return std::get<0>(**database.query_one<std::int64_t>("SELECT count(*) FROM account_stay"));
  }

  UserId me_;
  std::vector<DoorAlarm> alarms_;
};

TEST_F(PeoplesTravels, WhoCannotHaveComeThatFarIsNews) {
  come(kBerlin);
  clock.advance(1h);
  EXPECT_FALSE(is_told());

  come(kTokyo);

  EXPECT_TRUE(is_told());
  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(alarms_.front().visitor.address, kTokyo);
  EXPECT_EQ(alarms_.front().user.id, me_);
}

// The thief came first, and the person finds out when they come themselves.
TEST_F(PeoplesTravels, TheSecondOfTheTwoIsToldWhoeverItIs) {
  come(kBerlin);
  clock.advance(48h);
  come(kTokyo);
  EXPECT_FALSE(is_told()) << "in two days anybody is there";
  clock.advance(30min);

  come(kBerlin);

  EXPECT_TRUE(is_told());
}

TEST_F(PeoplesTravels, WhoTravelsOrStaysNearIsNone) {
  come(kBerlin);
  clock.advance(1min);
  come(kHamburg);
  clock.advance(1min);
  come(kBerlin);
  clock.advance(12h);
  come(kTokyo);
  clock.advance(24h);
  come(kSydney);

  EXPECT_FALSE(is_told());
  EXPECT_TRUE(alarms_.empty());
}

TEST_F(PeoplesTravels, AnUnknownPlaceBetweenHidesNothingAndIsNoPlace) {
  come(kBerlin);
  clock.advance(20min);
  come(kUnknown);
  EXPECT_FALSE(is_told());
  clock.advance(20min);

  come(kTokyo);

  EXPECT_TRUE(is_told());
}

// A VPN that somebody uses every day is told once.
TEST_F(PeoplesTravels, TheSameTwoPlacesAreToldOnceInNinetyDays) {
  for (int day = 0; day < 80; ++day) {
    come(kBerlin);
    clock.advance(1h);
    come(kTokyo);
    clock.advance(2h);
    come(kBerlin);
    clock.advance(21h);
    EXPECT_EQ(is_told(), day == 0);
  }
  EXPECT_EQ(alarms_.size(), 1U);
  come(kBerlin);
  clock.advance(1h);
  come(kSydney);
  EXPECT_EQ(alarms_.size(), 2U) << "another place is another matter";
  clock.advance(KnownPlaces::kRemembered + 1h);
  come(kBerlin);
  clock.advance(1h);

  come(kTokyo);

  EXPECT_EQ(alarms_.size(), 3U) << "it is long ago";
}

TEST_F(PeoplesTravels, ARestartForgetsNothing) {
  come(kBerlin);
  reopen();
  listen();
  clock.advance(1h);
  come(kTokyo);
  EXPECT_EQ(alarms_.size(), 1U);
  clock.advance(1h);
  reopen();
  listen();

  come(kBerlin);

  EXPECT_EQ(alarms_.size(), 1U) << "nor which two places were told";
}

TEST_F(PeoplesTravels, AClockThatIsSetBackIsNoTravel) {
  const auto arrive = [this](const std::string& address) {
    return accounts().travels().arrive(me(), address).value();
  };
  EXPECT_FALSE(arrive(kBerlin));
  clock.advance(-3h);

  EXPECT_FALSE(arrive(kTokyo));

  clock.advance(1h);
  EXPECT_TRUE(arrive(kBerlin)) << "and from then on it is watched again";
}

TEST_F(PeoplesTravels, OnePersonsPlaceIsNobodyElses) {
  make_user("you@x.y");  // who is in Berlin
  come(kTokyo);
  clock.advance(1min);

  come(kBerlin, "you@x.y");

  EXPECT_TRUE(alarms_.empty());
}

TEST_F(PeoplesTravels, WhoDoesNotComeInIsNowhere) {
  come(kBerlin);
  clock.advance(1min);
  EXPECT_FALSE(sign_in("me@x.y", "not the password", kTokyo));
  clock.advance(1min);

  come(kBerlin);

  EXPECT_TRUE(alarms_.empty()) << "a guess from elsewhere must not move anybody";
}

TEST_F(PeoplesTravels, WhatIsKeptIsOneRegionSealedAndForADay) {
  come(kTokyo);
  clock.advance(1h);
  come(kBerlin);
  ASSERT_EQ(stays(), 1);
  const auto last = accounts().travels().last(me()).value();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->region, (Region{53, 13}));
  const auto rows = database.query<Bytes>("SELECT sealed_region FROM account_stay");
  EXPECT_GT(std::get<0>(rows->front()).size(), 46U) << "header, nonce and tag of a sealed field";
  clock.advance(kLongestTravel);
  ASSERT_TRUE(accounts().travels().forget_old());
  EXPECT_EQ(stays(), 1);
  clock.advance(1s);

  ASSERT_TRUE(accounts().travels().forget_old());

  EXPECT_EQ(stays(), 0);
}

TEST_F(PeoplesTravels, WithoutADatabaseNothingIsKeptOfAnybody) {
  reopen();
  accounts().news().keep();
  come(kBerlin);
  clock.advance(1min);
  come(kTokyo);

  EXPECT_EQ(stays(), 0);
  EXPECT_FALSE(is_told());
}

// News and the place that it is of are one transaction with what else is remembered of a sign-in.
TEST_F(PeoplesTravels, WhatCannotBeKeptKeepsNobodyOut) {
  come(kBerlin);
  clock.advance(1min);
  ASSERT_TRUE(database.run("ALTER TABLE account_stay RENAME TO elsewhere"));

  EXPECT_TRUE(sign_in("me@x.y", testing::kPassword, kTokyo));

  ASSERT_TRUE(database.run("ALTER TABLE elsewhere RENAME TO account_stay"));
  come(kTokyo);
  EXPECT_TRUE(is_told()) << "and it is seen when it can be again";
}

}  // namespace
}  // namespace fastness::accounts
