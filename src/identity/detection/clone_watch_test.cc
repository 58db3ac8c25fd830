// A copied key is good: only where it is used from gives it away. Thieves first, then those who
// look a little like them.
#include "identity/detection/clone_watch.h"

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using Ending = CloneWatch::Ending;

constexpr const char* kHome = "192.0.2.7:4001";
constexpr const char* kThief = "198.51.100.9:5001";

class CloneWatchTest : public ::testing::Test {
 protected:
  CloneWatchTest() {
    watch_.on_alarm([this](const CloneAlarm& alarm) { alarms_.push_back(alarm); });
  }

  std::uint64_t connect(const char* remote) {
    watch_.connected(mine_, device_, ++connection_, remote, clock_.now());
    return connection_;
  }
  // The same client id from elsewhere: the gateway ends the one that is there.
  std::uint64_t take_over(std::uint64_t old, const char* remote) {
    watch_.disconnected(device_, old, Ending::taken_over);
    return connect(remote);
  }
  // The device and its copy, each coming back as soon as it is thrown out.
  std::uint64_t fight(std::uint64_t at_home, int rounds, std::chrono::seconds pause = 5s) {
    for (int i = 0; i < rounds; ++i) {
      clock_.advance(pause);
      const std::uint64_t thief = take_over(at_home, kThief);
      clock_.advance(pause);
      at_home = take_over(thief, kHome);
    }
    return at_home;
  }
  std::optional<CloneSuspicion> suspicion() { return watch_.find(device_, clock_.now()); }

  fastness::testing::ManualClock clock_{
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22))};
  crypto::SystemRandom random_;
  CloneWatch watch_;
  std::vector<CloneAlarm> alarms_;
  std::uint64_t connection_ = 0;
  const OrganisationId mine_{random_uuid(random_)};
  const DeviceId device_{random_uuid(random_)};
};

TEST_F(CloneWatchTest, TwoWhoThrowEachOtherOutAreNoticedWithinSeconds) {
  const std::uint64_t at_home = connect(kHome);

  fight(at_home, 2);

  ASSERT_TRUE(suspicion());
  EXPECT_EQ(suspicion()->sign, CloneSign::flapping);
  EXPECT_EQ(suspicion()->since, clock_.now());
  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(alarms_[0].organisation, mine_);
  EXPECT_EQ(alarms_[0].device, device_);
  EXPECT_EQ(alarms_[0].remote, kHome);
}

TEST_F(CloneWatchTest, TheAlarmIsRaisedOnceHoweverLongTheyFight) {
  const std::uint64_t at_home = fight(connect(kHome), 2);
  const auto since = suspicion()->since;

  fight(at_home, 500, 3min);

  EXPECT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(suspicion()->since, since);
}

TEST_F(CloneWatchTest, APatientThiefIsNoticedToo) {
  fight(connect(kHome), 2, 14min);

  EXPECT_TRUE(suspicion());
}

TEST_F(CloneWatchTest, AThiefWhoChangesHisAddressIsNoticedByWhoComesBack) {
  std::uint64_t at_home = connect(kHome);
  for (const char* remote : {"198.51.100.9:1", "203.0.113.4:1", "[2001:db8::9]:1"}) {
    clock_.advance(5s);
    const std::uint64_t thief = take_over(at_home, remote);
    clock_.advance(5s);
    at_home = take_over(thief, kHome);
  }

  EXPECT_TRUE(suspicion());
}

TEST_F(CloneWatchTest, AThiefWithAClientIdOfHisOwnIsSeenBesideTheDevice) {
  connect(kHome);
  clock_.advance(10min);
  connect(kThief);
  EXPECT_FALSE(suspicion()) << "the first may be dead";

  clock_.advance(CloneWatch::kLong);

  ASSERT_TRUE(suspicion());
  EXPECT_EQ(suspicion()->sign, CloneSign::apart);
  EXPECT_EQ(suspicion()->since, clock_.now() - CloneWatch::kLong);
  EXPECT_TRUE(alarms_.empty()) << "one device may have two programs";
}

TEST_F(CloneWatchTest, ADeviceThatMovesOnceIsInnocent) {
  const std::uint64_t at_home = connect(kHome);
  clock_.advance(2h);
  const std::uint64_t elsewhere = take_over(at_home, kThief);
  clock_.advance(24h);

  EXPECT_FALSE(suspicion());
  watch_.disconnected(device_, elsewhere, Ending::other);
  connect(kHome);
  EXPECT_FALSE(suspicion());
  EXPECT_TRUE(alarms_.empty());
}

TEST_F(CloneWatchTest, ANewAddressFromTheProviderEveryNightIsInnocent) {
  std::uint64_t last = connect("192.0.2.1:1");
  for (int night = 2; night < 60; ++night) {
    clock_.advance(24h);
    last = take_over(last, ("192.0.2." + std::to_string(night) + ":1").c_str());
  }

  EXPECT_FALSE(suspicion());
}

TEST_F(CloneWatchTest, WhoComesBackFromTheSameAddressIsInnocent) {
  std::uint64_t last = connect(kHome);
  for (int i = 0; i < 100; ++i) {
    clock_.advance(1s);
    last = take_over(last, ("192.0.2.7:" + std::to_string(40'000 + i)).c_str());
  }

  EXPECT_FALSE(suspicion());
}

TEST_F(CloneWatchTest, WhoSaysGoodbyeAtEachPlaceIsInnocent) {
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t connection = connect(i % 2 == 0 ? kHome : kThief);
    clock_.advance(10s);
    watch_.disconnected(device_, connection, Ending::other);
  }

  EXPECT_FALSE(suspicion());
}

TEST_F(CloneWatchTest, ADeviceBetweenTwoRadiosMayChangeItsMind) {
  const std::uint64_t at_home = connect(kHome);

  fight(at_home, 1);

  EXPECT_FALSE(suspicion());
  EXPECT_TRUE(alarms_.empty());
}

TEST_F(CloneWatchTest, WhatTheOwnerDidEndsTheSuspicion) {
  const std::uint64_t at_home = fight(connect(kHome), 3);
  watch_.disconnected(device_, at_home, Ending::other);

  watch_.forget(device_);

  EXPECT_FALSE(suspicion());
  fight(connect(kHome), 2);
  EXPECT_EQ(alarms_.size(), 2U) << "it was not the last copy";
}

TEST_F(CloneWatchTest, ASuspicionEndsADayAfterItsLastSign) {
  fight(connect(kHome), 2);
  clock_.advance(CloneWatch::kStanding - 1s);
  EXPECT_TRUE(suspicion());

  clock_.advance(1s);

  EXPECT_FALSE(suspicion());
  watch_.prune(clock_.now());
  EXPECT_FALSE(suspicion());
}

TEST_F(CloneWatchTest, AnOldSuspicionDoesNotComeBackWithOneMove) {
  const std::uint64_t at_home = fight(connect(kHome), 2);
  clock_.advance(CloneWatch::kStanding + 1h);

  fight(at_home, 1);

  EXPECT_FALSE(suspicion());
}

TEST_F(CloneWatchTest, OtherDevicesAreNotMixedIn) {
  const DeviceId other(random_uuid(random_));
  watch_.connected(mine_, other, 1'000, kThief, clock_.now());

  connect(kHome);
  clock_.advance(CloneWatch::kLong);

  EXPECT_FALSE(suspicion());
  EXPECT_FALSE(watch_.find(other, clock_.now()));
}

TEST_F(CloneWatchTest, WhatIsNoAddressSaysNothing) {
  const std::uint64_t odd = connect("somewhere");
  take_over(odd, kHome);
  watch_.disconnected(device_, 12'345, Ending::taken_over);
  clock_.advance(CloneWatch::kLong);

  EXPECT_FALSE(suspicion());
}

}  // namespace
}  // namespace fastness::identity
