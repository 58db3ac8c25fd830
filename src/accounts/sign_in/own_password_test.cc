// What a session proves anew, a person's own new password, and their list of sessions, attacked.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "accounts/testing/second_factor_fixture.h"

namespace fastness::accounts {
namespace {

using testing::kPassword;
using testing::SecondFactor;
using testing::secret;

TEST_F(SecondFactor, AProofLastsFiveMinutesAndIsOfOneSession) {
  const NewSession session = make_user("me@x.y");
  const auto other = sign_in("me@x.y", kPassword);
  EXPECT_TRUE(is_proven(session)) << "who has just come in has proved it";
  clock.advance(Sessions::kProof);
  EXPECT_FALSE(is_proven(session));

  EXPECT_EQ(prove(session, "not the password").error().code, Errc::unauthenticated);
  EXPECT_FALSE(is_proven(session));
  ASSERT_TRUE(prove(session, kPassword));

  EXPECT_TRUE(is_proven(session));
  EXPECT_FALSE(is_proven(*other));
  reopen();
  EXPECT_TRUE(is_proven(session));
  clock.advance(-std::chrono::seconds(1));
  EXPECT_FALSE(is_proven(session)) << "a proof of the future is none";
}

TEST_F(SecondFactor, AProofNeedsTheCodeTooWhereThereIsAFactor) {
  const Person me = make_person("me@x.y");
  clock.advance(Sessions::kProof);
  const std::string used = code(me.app);

  EXPECT_EQ(prove(me.session, kPassword).error().code, Errc::unauthenticated);
  EXPECT_EQ(prove(me.session, kPassword, wrong_code(me.app)).error().code, Errc::unauthenticated);
  EXPECT_EQ(prove(me.session, "not the password", used).error().code, Errc::unauthenticated);
  EXPECT_FALSE(is_proven(me.session));
  ASSERT_TRUE(prove(me.session, kPassword, used)) << "a wrong password used no code up";
  EXPECT_TRUE(is_proven(me.session));
  EXPECT_EQ(prove(me.session, kPassword, used).error().code, Errc::unauthenticated);
  EXPECT_TRUE(prove(me.session, kPassword, me.recovery_codes.front()));
}

TEST_F(SecondFactor, WhoStoleASessionGuessesInVainAndShutsNobodyOut) {
  const NewSession stolen = make_user("me@x.y");
  const auto mine = sign_in("me@x.y", kPassword);
  int tried = 0;
  for (int i = 0; i < 30; ++i) {
    if (prove(stolen, "guess").error().code == Errc::unauthenticated) ++tried;
  }

  EXPECT_EQ(tried, 10);
  EXPECT_TRUE(prove(*mine, kPassword));
  EXPECT_TRUE(sign_in("me@x.y", kPassword));
}

TEST_F(SecondFactor, AnOwnNewPasswordNeedsTheOldOneAndEndsOtherSessions) {
  const NewSession session = make_user("me@x.y");
  const auto other = sign_in("me@x.y", kPassword);
  const auto link = accounts().setup_links().create(session.session.user);

  EXPECT_EQ(change_password(session, "not the password", kOther).error().code,
            Errc::unauthenticated);
  EXPECT_EQ(change_password(session, kPassword, "short").error().code, Errc::invalid_argument);
  EXPECT_TRUE(accounts().sessions().find(other->token));
  ASSERT_TRUE(change_password(session, kPassword, kOther));

  EXPECT_TRUE(accounts().sessions().find(session.token));
  EXPECT_FALSE(accounts().sessions().find(other->token));
  EXPECT_EQ(set_up(link->token, "me@x.y", "", kPassword).error().code, Errc::unauthenticated);
  EXPECT_FALSE(sign_in("me@x.y", kPassword));
  EXPECT_TRUE(sign_in("me@x.y", kOther));
}

TEST_F(SecondFactor, AnOldPasswordOnItsWayOpensNothingOnceThereIsANewOne) {
  const NewSession session = make_user("me@x.y");
  std::vector<Result<Entered>> entered;
  std::vector<Result<void>> proved;
  hasher.hold = true;
  accounts().sign_in().enter("me@x.y", secret(kPassword), {"192.0.2.1"},
                             [&](auto result) { entered.push_back(std::move(result)); });
  accounts().sign_in().prove(session.id, session.session.user, secret(kPassword), "",
                             [&](auto result) { proved.push_back(std::move(result)); });
  ASSERT_TRUE(accounts().users().set_password(session.session.user, Bytes(16, 1), {}));

  hasher.release();

  ASSERT_EQ(entered.size(), 1U);
  EXPECT_EQ(entered[0].error().code, Errc::unavailable);
  ASSERT_EQ(proved.size(), 1U);
  EXPECT_EQ(proved[0].error().code, Errc::unavailable);
}

TEST_F(SecondFactor, APasswordThatWasStoredCheaplyIsStoredAnewAtSignIn) {
  const UserId user = make_user("me@x.y").session.user;
  const auto store_cheaply = [&](crypto::PasswordCost cost) {
    hasher.hash(secret(kPassword), Bytes(16, 1), cost, [&](auto hash) {
      ASSERT_TRUE(accounts().users().set_password(user, Bytes(16, 1), *hash, cost));
    });
  };
  for (const crypto::PasswordCost cost :
       {crypto::PasswordCost{2, 64 * 1024}, crypto::PasswordCost{3, 32 * 1024}}) {
    store_cheaply(cost);
    EXPECT_FALSE(sign_in("me@x.y", "not the password"));
    EXPECT_EQ(accounts().users().stored(user)->cost, cost) << "only the right one is stored";
    ASSERT_TRUE(sign_in("me@x.y", kPassword));
    EXPECT_EQ(accounts().users().stored(user)->cost, crypto::kPasswordCost);
    EXPECT_NE(accounts().users().stored(user)->salt, Bytes(16, 1));
  }
  const auto stored = accounts().users().stored(user);
  ASSERT_TRUE(sign_in("me@x.y", kPassword)) << "and is the right one still";
  EXPECT_EQ(accounts().users().stored(user)->salt, stored->salt) << "once is enough";

  store_cheaply({4, 64 * 1024});
  ASSERT_TRUE(sign_in("me@x.y", kPassword));
  EXPECT_EQ(accounts().users().stored(user)->cost, (crypto::PasswordCost{4, 64 * 1024}))
      << "it never gets cheaper";
}

TEST_F(SecondFactor, APersonSeesTheirSessionsAndEndsTheirOwnOnly) {
  const NewSession mine = make_user("me@x.y");
  const NewSession theirs = make_user("you@x.y");
  auto& sessions = accounts().sessions();
  clock.advance(std::chrono::minutes(10));
  const auto phone = sessions.create(mine.session.user, mine.session.organisation,
                                     {"203.0.113.5", "Safari on iPhone"});
  reopen();
  auto& opened = accounts().sessions();

  const auto list = opened.list(mine.session.user);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].id, phone->id);
  EXPECT_EQ(list[0].visitor.address, "203.0.113.5");
  EXPECT_EQ(list[0].visitor.browser, "Safari on iPhone");
  EXPECT_EQ(list[1].visitor.address, "192.0.2.1");

  EXPECT_EQ(opened.end(mine.session.user, theirs.id).error().code, Errc::not_found);
  EXPECT_TRUE(opened.is_alive(theirs.id));
  ASSERT_TRUE(opened.end(mine.session.user, phone->id));
  EXPECT_FALSE(opened.find(phone->token));
  EXPECT_EQ(opened.end(mine.session.user, phone->id).error().code, Errc::not_found);
}

}  // namespace
}  // namespace fastness::accounts
