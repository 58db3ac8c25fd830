// What rests on a sign-in at a provider ends with it, and nothing else does.
#include <string>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

#include "accounts/federated/linked_sign_ins.h"
#include "accounts/testing/accounts_fixture.h"
#include "crypto/password/one_time_code.h"

namespace fastness::accounts {
namespace {

const std::string kThere = "https://id.example";

class SignedOutThere : public testing::AccountsFixture {
 protected:
  SignedOutThere() {
    EXPECT_TRUE(linked().link(mine_.session.user, {kThere, "me"}, "Company"));
    EXPECT_TRUE(linked().link(yours_.session.user, {kThere, "you"}, "Company"));
    EXPECT_TRUE(linked().link(mine_.session.user, {"https://other.example", "me"}, "Other"));
  }

  LinkedSignIns& linked() { return accounts().linked_sign_ins(); }
  bool is_alive(const NewSession& session) { return accounts().sessions().is_alive(session.id); }

  Entered enter_by(const oidc::Identity& identity) {
    return std::move(linked().sign_in(identity, visitor_).entered).value();
  }
  NewSession come_in(const std::string& subject, std::optional<std::string> session,
                     const std::string& issuer = kThere) {
    return std::get<NewSession>(enter_by({issuer, subject, std::move(session)}));
  }
  // How many sessions end.
  std::size_t sign_out(std::optional<std::string> subject, std::optional<std::string> session) {
    return linked()
        .sign_out({kThere, std::move(subject), std::move(session), clock.now()})
        .value()
        .size();
  }

  const Visitor visitor_{"192.0.2.1", "Firefox on Linux"};
  const NewSession mine_ = make_user("me@x.y");
  const NewSession yours_ = make_user("you@x.y");
};

TEST_F(SignedOutThere, OneSessionThereEndsWhatRestsOnItAlone) {
  const NewSession first = come_in("me", "s-1");
  const NewSession second = come_in("me", "s-2");
  const NewSession elsewhere = come_in("me", "s-1", "https://other.example");
  reopen();

  EXPECT_EQ(sign_out("me", "s-1"), 1U);

  EXPECT_FALSE(is_alive(first));
  EXPECT_TRUE(is_alive(second));
  EXPECT_TRUE(is_alive(elsewhere)) << "another provider's session of the same name";
  EXPECT_TRUE(is_alive(mine_)) << "who came in by password did not come in by them";
  EXPECT_EQ(sign_out(std::nullopt, "s-2"), 1U) << "also if it does not say whose it is";
  EXPECT_FALSE(is_alive(second));
}

TEST_F(SignedOutThere, ThePersonThereEndsAllThatRestsOnThem) {
  const NewSession named = come_in("me", "s-1");
  const NewSession unnamed = come_in("me", std::nullopt);
  const NewSession others = come_in("you", "s-1");

  EXPECT_EQ(sign_out("me", std::nullopt), 2U);

  EXPECT_FALSE(is_alive(named));
  EXPECT_FALSE(is_alive(unnamed));
  EXPECT_TRUE(is_alive(others));
  EXPECT_TRUE(is_alive(mine_));
}

// A provider that does not name sessions when somebody signs in, and does when they sign out.
TEST_F(SignedOutThere, WhatDoesNotNameItsSessionRestsOnEachOfThePersons) {
  const NewSession unnamed = come_in("me", std::nullopt);
  EXPECT_EQ(sign_out(std::nullopt, "s-9"), 0U) << "nobody knows whose that is";
  EXPECT_EQ(sign_out("me", "s-9"), 1U);
  EXPECT_FALSE(is_alive(unnamed));
}

TEST_F(SignedOutThere, WhoIsNobodyHereEndsNothing) {
  const NewSession named = come_in("me", "s-1");
  EXPECT_EQ(sign_out("somebody", "s-1"), 0U);
  EXPECT_EQ(sign_out("you", "s-1"), 0U) << "the session is not theirs";
  EXPECT_TRUE(is_alive(named));
}

TEST_F(SignedOutThere, SaidAgainItEndsNothingThatBeganSince) {
  const oidc::Logout logout{kThere, "me", std::nullopt, clock.now()};
  const NewSession before = come_in("me", "s-1");
  EXPECT_EQ(linked().sign_out(logout).value().size(), 1U);
  EXPECT_FALSE(is_alive(before));
  clock.advance(oidc::SignedToken::kSkew + std::chrono::seconds(1));

  const NewSession since = come_in("me", "s-2");
  EXPECT_TRUE(linked().sign_out(logout).value().empty());
  EXPECT_TRUE(is_alive(since));
}

TEST_F(SignedOutThere, WhatWaitsForItsCodeEndsToo) {
  const User me = accounts().users().find(mine_.session.user).value();
  const auto offer = accounts().factors().offer(me.id);
  const auto code = [&] {
    return crypto::one_time_code(testing::app_secret(offer.secret),
                                 crypto::one_time_step(clock.now()));
  };
  ASSERT_TRUE(accounts().factors().confirm(me, code()));
  clock.advance(std::chrono::minutes(2));
  const auto waits = std::get<FactorNeeded>(enter_by({kThere, "me", "s-1"}));
  const auto goes_on = std::get<FactorNeeded>(enter_by({kThere, "me", "s-2"}));

  EXPECT_EQ(sign_out("me", "s-1"), 0U);

  const auto give = [&](const FactorNeeded& to) {
    return accounts().sign_in().give_code(to.token, code(), visitor_).session;
  };
  EXPECT_EQ(give(waits).error().code, Errc::not_found);
  const auto made = give(goes_on);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(sign_out("me", "s-2"), 1U) << "a session after a code rests on the same";
  EXPECT_FALSE(is_alive(*made));
}

TEST_F(SignedOutThere, UnlinkingEndsWhatRestsOnItButTheSessionOfWhoDoesIt) {
  const NewSession current = come_in("me", "s-1");
  const NewSession another = come_in("me", "s-2");
  const NewSession elsewhere = come_in("me", "s-3", "https://other.example");
  const LinkedSignInId id = current.session.vouched_by->sign_in;

  ASSERT_TRUE(linked().remove(mine_.session.user, id, current.id));

  EXPECT_TRUE(is_alive(current));
  EXPECT_FALSE(is_alive(another));
  EXPECT_TRUE(is_alive(elsewhere));
  ASSERT_TRUE(accounts().reset_factors(mine_.session.user));
  EXPECT_FALSE(is_alive(elsewhere)) << "the host took it away";
  EXPECT_TRUE(is_alive(mine_));
}

TEST_F(SignedOutThere, WhatAProviderCallsASessionIsNotInTheDatabase) {
  static_cast<void>(come_in("me", "session-of-mine-there"));
  const auto rows = database.query<Bytes>(
      "SELECT provider_session FROM session WHERE provider_session IS NOT NULL");
  ASSERT_EQ(rows->size(), 1U);
  const Bytes& kept = std::get<0>(rows->front());
  EXPECT_EQ(kept.size(), 32U);
  EXPECT_EQ(as_text(kept).find("session-of-mine"), std::string_view::npos);
}

}  // namespace
}  // namespace fastness::accounts
