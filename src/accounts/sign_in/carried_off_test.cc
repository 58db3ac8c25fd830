// Who has a session's cookie, in another browser than its own.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts {
namespace {

const Visitor kHome{"192.0.2.1", "Firefox on Linux"};
const Visitor kThief{"198.51.100.7", "another program"};

class CarriedOff : public testing::AccountsFixture {
 protected:
  CarriedOff() : user_(make_user("me@x.y").session) { listen(); }

  void listen() {
    accounts().news().keep();
    accounts().sign_in().on_alarm([this](const DoorAlarm& alarm) {
      if (alarm.kind == DoorAlarm::Kind::carried_off) alarms_.push_back(alarm);
    });
  }
  NewSession begin(const Visitor& visitor) {
    return accounts().sessions().create(user_.user, user_.organisation, visitor).value();
  }
  bool goes_on(const NewSession& session, const Visitor& visitor) {
    const auto found = accounts().sign_in().resume(session.token, visitor);
    EXPECT_TRUE(found || found.error().code == Errc::unauthenticated);
    return found.has_value();
  }
  std::vector<News> told() {
    std::vector<News> found;
    const auto waiting = accounts().news().waiting(user_.user).value();
    for (const WaitingNews& each : waiting) {
      if (each.news.kind == NewsKind::session_carried_off) found.push_back(each.news);
    }
    return found;
  }

  Session user_;
  std::vector<DoorAlarm> alarms_;
};

TEST_F(CarriedOff, ASessionEndsForBothAndItsPersonIsTold) {
  const NewSession session = begin(kHome);
  const NewSession other = begin(kHome);
  ASSERT_TRUE(goes_on(session, kHome));

  EXPECT_FALSE(goes_on(session, kThief));

  EXPECT_FALSE(goes_on(session, kHome)) << "who has the cookie may come back";
  EXPECT_TRUE(goes_on(other, kHome)) << "what nobody carried off goes on";
  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_EQ(alarms_.front().user.id, user_.user);
  EXPECT_EQ(alarms_.front().visitor.address, kThief.address);
  ASSERT_EQ(told().size(), 1U);
  EXPECT_EQ(told().front().from.browser, kThief.browser);
}

TEST_F(CarriedOff, AlsoAfterARestart) {
  const NewSession session = begin(kHome);
  reopen();
  listen();

  EXPECT_FALSE(goes_on(session, {kHome.address, "Chrome on Linux"}));

  EXPECT_EQ(told().size(), 1U);
  reopen();
  EXPECT_FALSE(goes_on(session, kHome)) << "it is over on the disk too";
}

TEST_F(CarriedOff, ABrowserMayMoveAndMayAskForTheDesktopsPages) {
  const NewSession session = begin({"192.0.2.1", "Chrome on Android"});

  EXPECT_TRUE(goes_on(session, {"203.0.113.9", "Chrome on Android"}));
  EXPECT_TRUE(goes_on(session, {"192.0.2.1", "Chrome on Linux"}));
  EXPECT_TRUE(told().empty());
}

TEST_F(CarriedOff, WhereItBeganIsNotKnownOfEverySession) {
  const NewSession session = begin({});

  EXPECT_TRUE(goes_on(session, kHome));
  EXPECT_TRUE(goes_on(session, kThief));
}

TEST_F(CarriedOff, AForeignTokenTellsNobody) {
  EXPECT_FALSE(accounts().sign_in().resume("no token of ours", kThief));
  EXPECT_TRUE(alarms_.empty());
  EXPECT_TRUE(told().empty());
}

}  // namespace
}  // namespace fastness::accounts
