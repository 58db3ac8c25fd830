// Attacks second factors: codes used again, of others, guessed, and sign-ins that wait for one.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "accounts/testing/second_factor_fixture.h"

namespace fastness::accounts {
namespace {

using testing::app_secret;
using testing::kPassword;
using testing::SecondFactor;
using testing::secret;

TEST_F(SecondFactor, APasswordAloneIsNoSession) {
  const Person me = make_person("me@x.y");
  const std::string token = waiting("me@x.y");

  EXPECT_FALSE(accounts().sessions().find(token));
  EXPECT_FALSE(sign_in("me@x.y", kPassword));
  const auto session = give(token, code(me.app));

  ASSERT_TRUE(session);
  EXPECT_EQ(session->session.user, me.user.id);
  EXPECT_EQ(refusal(token, code(me.app, 1)), Errc::not_found) << "it was good for one sign-in";
}

TEST_F(SecondFactor, ASessionKnowsWhatWasShownInItAlsoAfterARestart) {
  const NewSession plain = make_user("you@x.y");
  const Person me = make_person("me@x.y");
  const auto by_code = give(waiting("me@x.y"), code(me.app));
  clock.advance(std::chrono::seconds(30));
  const auto by_recovery_code = give(waiting("me@x.y"), me.recovery_codes.front());
  accounts().sessions().ask_for_two_factors();
  const auto owes = [&](const NewSession& session) {
    return accounts().sessions().owes_factor(accounts().sessions().find(session.token)->session);
  };
  ASSERT_TRUE(prove(plain, kPassword));
  EXPECT_TRUE(owes(plain)) << "a password is one factor, however often it is shown";
  EXPECT_TRUE(owes(me.session)) << "of before the factor was set";

  ASSERT_TRUE(prove(me.session, kPassword, code(me.app)));
  ASSERT_TRUE(accounts().sessions().prove(me.session.id)) << "what was shown stays shown";
  reopen();
  EXPECT_FALSE(owes(me.session)) << "nobody is asked for two";
  accounts().sessions().ask_for_two_factors();

  EXPECT_FALSE(owes(me.session));
  EXPECT_FALSE(owes(*by_code));
  EXPECT_FALSE(owes(*by_recovery_code));
  EXPECT_TRUE(owes(plain));
}

TEST_F(SecondFactor, AWrongPasswordIsRefusedAsForWhoHasNone) {
  make_person("me@x.y");

  const auto wrong = enter("me@x.y", "not the password");
  const auto unknown = enter("nobody@x.y");

  EXPECT_EQ(wrong.error(), unknown.error());
}

TEST_F(SecondFactor, ACodeCountsOnceEvenAcrossARestart) {
  const Person me = make_person("me@x.y");
  const std::string used = code(me.app);
  ASSERT_TRUE(give(waiting("me@x.y"), used));

  EXPECT_EQ(refusal(waiting("me@x.y"), used), Errc::unauthenticated);
  reopen();
  EXPECT_EQ(refusal(waiting("me@x.y"), used), Errc::unauthenticated);
  EXPECT_EQ(refusal(waiting("me@x.y"), code(me.app, -1)), Errc::unauthenticated)
      << "of an earlier step, though nobody used it since it was set";
  clock.advance(std::chrono::seconds(30));
  EXPECT_EQ(refusal(waiting("me@x.y"), used), Errc::unauthenticated);
  EXPECT_TRUE(give(waiting("me@x.y"), code(me.app)));
}

TEST_F(SecondFactor, OfTwoSignInsAtOnceWithOneCodeOneComesIn) {
  const Person me = make_person("me@x.y");
  for (const std::string& shown : {code(me.app), me.recovery_codes.front()}) {
    SCOPED_TRACE(shown);
    const std::string first = waiting("me@x.y");
    const std::string second = waiting("me@x.y");

    EXPECT_TRUE(give(first, shown));
    EXPECT_EQ(refusal(second, shown), Errc::unauthenticated);
  }
}

TEST_F(SecondFactor, AClockMayBeOffByOneStepAndNoMore) {
  const Person me = make_person("me@x.y");
  clock.advance(std::chrono::minutes(5));

  EXPECT_EQ(refusal(waiting("me@x.y"), code(me.app, -2)), Errc::unauthenticated);
  EXPECT_EQ(refusal(waiting("me@x.y"), code(me.app, 2)), Errc::unauthenticated);
  EXPECT_TRUE(give(waiting("me@x.y"), code(me.app, -1)));
  EXPECT_TRUE(give(waiting("me@x.y"), code(me.app, 1)));
}

TEST_F(SecondFactor, AClockThatGoesBackBringsNoCodeBack) {
  const Person me = make_person("me@x.y");
  const std::string used = code(me.app);
  ASSERT_TRUE(give(waiting("me@x.y"), used));

  clock.advance(-std::chrono::seconds(30));
  EXPECT_EQ(refusal(waiting("me@x.y"), used), Errc::unauthenticated);
  EXPECT_EQ(refusal(waiting("me@x.y"), code(me.app)), Errc::unauthenticated);
  EXPECT_TRUE(give(waiting("me@x.y"), me.recovery_codes.front())) << "and nobody is shut out";
  clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(give(waiting("me@x.y"), code(me.app)));
}

TEST_F(SecondFactor, CodesOfSomebodyElseAreWrong) {
  const Person me = make_person("me@x.y");
  const Person you = make_person("you@x.y");

  EXPECT_EQ(refusal(waiting("me@x.y"), code(you.app)), Errc::unauthenticated);
  EXPECT_EQ(refusal(waiting("me@x.y"), you.recovery_codes.front()), Errc::unauthenticated);
  EXPECT_TRUE(give(waiting("you@x.y"), you.recovery_codes.front())) << "and were not used up";
}

TEST_F(SecondFactor, ARecoveryCodeCountsOnceHoweverItIsTyped) {
  const Person me = make_person("me@x.y");
  ASSERT_EQ(me.recovery_codes.size(), Factors::kRecoveryCodes);
  std::string typed = me.recovery_codes.front();
  for (char& c : typed) {
    if (c == '-') c = ' ';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }

  ASSERT_TRUE(give(waiting("me@x.y"), typed));

  EXPECT_EQ(accounts().factors().state(me.user.id)->recovery_codes, 9U);
  EXPECT_EQ(refusal(waiting("me@x.y"), me.recovery_codes.front()), Errc::unauthenticated);
  reopen();
  EXPECT_EQ(refusal(waiting("me@x.y"), me.recovery_codes.front()), Errc::unauthenticated);
}

TEST_F(SecondFactor, OtherRecoveryCodesEndTheOldOnes) {
  const Person me = make_person("me@x.y");

  const auto fresh = accounts().factors().renew_recovery_codes(me.user.id);

  ASSERT_TRUE(fresh);
  EXPECT_EQ(refusal(waiting("me@x.y"), me.recovery_codes.front()), Errc::unauthenticated);
  EXPECT_TRUE(give(waiting("me@x.y"), fresh->front()));
  const User nobody = accounts().users().find(make_user("you@x.y").session.user).value();
  EXPECT_EQ(accounts().factors().renew_recovery_codes(nobody.id).error().code, Errc::not_found);
}

TEST_F(SecondFactor, AnOfferCountsForNothingUntilItsCodeIsShown) {
  const User user = accounts().users().find(make_user("me@x.y").session.user).value();
  auto& factors = accounts().factors();
  EXPECT_EQ(factors.confirm(user, "123456").error().code, Errc::not_found);
  const auto first = app_secret(factors.offer(user.id).secret);
  const auto second = app_secret(factors.offer(user.id).secret);

  EXPECT_TRUE(sign_in("me@x.y", kPassword)) << "nothing was set";
  EXPECT_EQ(factors.confirm(user, wrong_code(second)).error().code, Errc::unauthenticated);
  EXPECT_EQ(factors.confirm(user, code(first)).error().code, Errc::unauthenticated)
      << "the later offer took its place";
  EXPECT_FALSE(factors.state(user.id)->since);
  clock.advance(Factors::kOfferLife);
  EXPECT_EQ(factors.confirm(user, code(second)).error().code, Errc::not_found);

  const auto third = app_secret(factors.offer(user.id).secret);
  const std::string shown = code(third);
  ASSERT_TRUE(factors.confirm(user, shown));
  EXPECT_EQ(factors.confirm(user, shown).error().code, Errc::not_found);
  EXPECT_EQ(refusal(waiting("me@x.y"), shown), Errc::unauthenticated) << "it was used to set it";
}

TEST_F(SecondFactor, ANewAppTakesThePlaceOfTheOldOne) {
  const Person me = make_person("me@x.y");
  const auto fresh = app_secret(accounts().factors().offer(me.user.id).secret);
  ASSERT_TRUE(accounts().factors().confirm(me.user, code(fresh)));
  clock.advance(std::chrono::seconds(30));

  EXPECT_EQ(refusal(waiting("me@x.y"), code(me.app)), Errc::unauthenticated);
  EXPECT_EQ(refusal(waiting("me@x.y"), me.recovery_codes.front()), Errc::unauthenticated);
  EXPECT_TRUE(give(waiting("me@x.y"), code(fresh)));
}

TEST_F(SecondFactor, WhatWaitsEndsAfterFiveMinutesAndAfterFiveCodes) {
  const Person me = make_person("me@x.y");
  const std::string late = waiting("me@x.y");
  clock.advance(PendingSignIns::kLife);
  EXPECT_EQ(refusal(late, code(me.app)), Errc::not_found);

  const std::string guessed = waiting("me@x.y");
  for (int i = 0; i < PendingSignIns::kTries; ++i) {
    EXPECT_EQ(refusal(guessed, wrong_code(me.app)), Errc::unauthenticated);
  }
  EXPECT_EQ(refusal(guessed, code(me.app)), Errc::not_found);
  EXPECT_EQ(refusal("", code(me.app)), Errc::not_found);
  const std::string forgotten = waiting("me@x.y");
  reopen();
  EXPECT_EQ(refusal(forgotten, code(me.app)), Errc::not_found);
}

TEST_F(SecondFactor, WhatWaitsEndsWithThePasswordAndTheFactorThatItRestsOn) {
  const Person me = make_person("me@x.y");
  const std::string before_link = waiting("me@x.y");
  const auto link = accounts().setup_links().create(me.user.id);
  EXPECT_FALSE(set_up(link->token, "me@x.y", "", kOther));
  EXPECT_EQ(refusal(before_link, code(me.app)), Errc::not_found);

  const auto session =
      give(std::get<FactorNeeded>(enter("me@x.y", kOther).value()).token, code(me.app));
  ASSERT_TRUE(session);
  const std::string before_change = std::get<FactorNeeded>(enter("me@x.y", kOther).value()).token;
  ASSERT_TRUE(change_password(*session, kOther, kPassword));
  EXPECT_EQ(refusal(before_change, me.recovery_codes.front()), Errc::not_found);

  const std::string before_codes = waiting("me@x.y");
  ASSERT_TRUE(accounts().factors().renew_recovery_codes(me.user.id));
  EXPECT_EQ(refusal(before_codes, code(me.app, 1)), Errc::not_found);
}

TEST_F(SecondFactor, ALinkForANewPasswordReplacesNoFactor) {
  const Person me = make_person("me@x.y");
  const auto link = accounts().setup_links().create(me.user.id);

  const auto entered = set_up(link->token, "me@x.y", "", kOther);

  ASSERT_FALSE(entered);
  EXPECT_EQ(entered.error().code, Errc::permission_denied) << "a code is asked for";
  EXPECT_TRUE(accounts().factors().state(me.user.id)->since);
  EXPECT_FALSE(accounts().sessions().find(me.session.token)) << "and sessions have ended";
  const auto again = enter("me@x.y", kOther);
  EXPECT_TRUE(give(std::get<FactorNeeded>(again.value()).token, code(me.app)));
}

TEST_F(SecondFactor, GuessingCodesIsStoppedAndTheRightPersonComesIn) {
  const Person me = make_person("me@x.y");
  std::vector<std::string> tokens;
  for (int i = 0; i < 5; ++i) {
    tokens.push_back(waiting("me@x.y", "198.51." + std::to_string(i) + ".9"));
  }
  int tried = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    for (int guess = 0; guess < PendingSignIns::kTries; ++guess) {
      const std::string address = "203." + std::to_string(i) + "." + std::to_string(guess) + ".1";
      if (refusal(tokens[i], wrong_code(me.app), address) == Errc::unauthenticated) ++tried;
    }
  }

  EXPECT_EQ(tried, 10) << "whatever networks they come from";
  const std::string stranger = waiting("me@x.y", "198.51.77.9");
  EXPECT_EQ(refusal(stranger, code(me.app), "198.51.77.9"), Errc::exhausted);
  EXPECT_TRUE(give(stranger, me.recovery_codes.front(), "198.51.77.9"))
      << "a recovery code is too long to be guessed";
  EXPECT_TRUE(give(waiting("me@x.y", "192.0.2.200"), code(me.app), "192.0.2.200"))
      << "from where they came before";
}

TEST_F(SecondFactor, WhoHasOnlyThePasswordMakesNoPlaceKnown) {
  const Person me = make_person("me@x.y");
  const auto places = [&] {
    return std::get<0>(
        *database.query_one<std::int64_t>("SELECT count(*) FROM known_place").value());
  };
  const std::int64_t before = places();

  const std::string token = waiting("me@x.y", "198.51.100.9");
  EXPECT_EQ(refusal(token, wrong_code(me.app), "198.51.100.9"), Errc::unauthenticated);
  EXPECT_EQ(places(), before);

  EXPECT_TRUE(give(token, code(me.app), "198.51.100.9"));
  EXPECT_EQ(places(), before + 1);
}

TEST_F(SecondFactor, AHostsResetTakesAllAwayAndIsRememberedUntilAnotherIsSet) {
  const Person me = make_person("me@x.y");
  auto& factors = accounts().factors();
  const std::string before = waiting("me@x.y");

  ASSERT_TRUE(factors.reset(me.user.id));

  EXPECT_EQ(refusal(before, me.recovery_codes.front()), Errc::not_found);
  EXPECT_TRUE(sign_in("me@x.y", kPassword));
  EXPECT_EQ(factors.state(me.user.id)->recovery_codes, 0U);
  EXPECT_TRUE(factors.state(me.user.id)->reset_at);
  const auto fresh = app_secret(factors.offer(me.user.id).secret);
  ASSERT_TRUE(factors.confirm(me.user, code(fresh)));
  EXPECT_FALSE(factors.state(me.user.id)->reset_at);
}

TEST_F(SecondFactor, NothingOfItCanBeReadInTheDatabase) {
  const Person me = make_person("me@x.y");

  const auto rows = database.query<std::string>(
      "SELECT hex(sealed_secret) FROM factor UNION ALL SELECT hex(digest) FROM recovery_code"
      " UNION ALL SELECT hex(sealed_visitor) FROM session");
  ASSERT_TRUE(rows);
  ASSERT_GE(rows->size(), 12U);
  std::string all;
  for (const auto& [row] : *rows) all += row;
  EXPECT_EQ(from_hex(all)->size() * 2, all.size());
  const std::string bytes(as_text(*from_hex(all)));
  EXPECT_EQ(bytes.find(as_text(me.app.reveal())), std::string::npos);
  EXPECT_EQ(bytes.find("192.0.2.1"), std::string::npos);
  for (const std::string& recovery : me.recovery_codes) {
    EXPECT_EQ(bytes.find(recovery.substr(0, 4)), std::string::npos);
  }
}

}  // namespace
}  // namespace fastness::accounts
