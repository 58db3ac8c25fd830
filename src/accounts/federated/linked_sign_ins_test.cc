// Sign-ins by providers: linked from inside, and by nothing that a provider says (T16).
#include "accounts/federated/linked_sign_ins.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "accounts/erasure/erasure_store.h"
#include "accounts/testing/accounts_fixture.h"
#include "crypto/password/one_time_code.h"

namespace fastness::accounts {
namespace {

const oidc::Identity kMe{"https://id.example", "subject-of-mine"};

class PeoplesLinkedSignIns : public testing::AccountsFixture {
 protected:
  PeoplesLinkedSignIns() { accounts().news().keep(); }

  LinkedSignIns& linked() { return accounts().linked_sign_ins(); }
  Result<LinkedSignIn> link(const NewSession& to, const oidc::Identity& identity = kMe) {
    return linked().link(to.session.user, identity, "Company");
  }
  Result<Entered> sign_in(const oidc::Identity& identity = kMe) {
    return std::move(linked().sign_in(identity, visitor_).entered);
  }
  std::string set_factor(const NewSession& session) {
    const User user = accounts().users().find(session.session.user).value();
    const auto offer = accounts().factors().offer(user.id);
    const auto code = [&] {
      return crypto::one_time_code(testing::app_secret(offer.secret),
                                   crypto::one_time_step(clock.now()));
    };
    EXPECT_TRUE(accounts().factors().confirm(user, code()));
    clock.advance(std::chrono::minutes(2));
    return code();
  }
  std::vector<WaitingNews> news_of(const NewSession& session) {
    return accounts().news().waiting(session.session.user).value();
  }

  const Visitor visitor_{"192.0.2.1", "Firefox on Linux"};
  const NewSession mine_ = make_user("me@x.y");
  const NewSession yours_ = make_user("you@x.y");
};

TEST_F(PeoplesLinkedSignIns, WhomItIsLinkedToComesIn) {
  const auto made = link(mine_);
  ASSERT_TRUE(made) << made.error().message;
  reopen();
  clock.advance(std::chrono::hours(1));

  const auto entered = sign_in();

  ASSERT_TRUE(entered) << entered.error().message;
  const Session& session = std::get<NewSession>(*entered).session;
  EXPECT_EQ(session.user, mine_.session.user);
  EXPECT_EQ(session.strength, Strength::one_factor) << "what they showed there is not known";
  const auto listed = linked().list(mine_.session.user);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().provider, "Company");
  EXPECT_EQ(listed->front().issuer, "https://id.example");
  EXPECT_EQ(listed->front().last_used_at, clock.now());
  EXPECT_EQ(*linked().subject(listed->front()), "subject-of-mine");
  EXPECT_TRUE(linked().list(yours_.session.user)->empty());
}

TEST_F(PeoplesLinkedSignIns, WhomNobodyHasLinkedIsNobodyHere) {
  EXPECT_EQ(sign_in().error().code, Errc::not_found);
  ASSERT_TRUE(link(mine_));

  // By (issuer, subject) and nothing less.
  for (const oidc::Identity& other : {oidc::Identity{"https://id.example", "subject-of-Mine"},
                                      oidc::Identity{"https://id.example/", "subject-of-mine"},
                                      oidc::Identity{"https://enemy.example", "subject-of-mine"},
                                      oidc::Identity{"https://id.example", "me@x.y"}}) {
    EXPECT_EQ(sign_in(other).error().code, Errc::not_found) << other.issuer << other.subject;
  }
  EXPECT_FALSE(linked().sign_in({"https://enemy.example", "x"}, visitor_).organisation);
}

TEST_F(PeoplesLinkedSignIns, ItReplacesThePasswordAndNotTheCode) {
  ASSERT_TRUE(link(mine_));
  const std::string code = set_factor(mine_);

  const auto entered = sign_in();
  ASSERT_TRUE(entered);
  const auto* needed = std::get_if<FactorNeeded>(&*entered);
  ASSERT_NE(needed, nullptr);
  EXPECT_EQ(needed->user, mine_.session.user);

  EXPECT_FALSE(accounts().sign_in().give_code(needed->token, "000000", visitor_).session);
  const auto followed = accounts().sign_in().give_code(needed->token, code, visitor_);
  ASSERT_TRUE(followed.session) << followed.session.error().message;
  EXPECT_EQ(followed.session->session.user, mine_.session.user);
  EXPECT_EQ(followed.session->session.strength, Strength::two_factors);
}

TEST_F(PeoplesLinkedSignIns, OneIsOnePersons) {
  ASSERT_TRUE(link(mine_));
  EXPECT_EQ(link(mine_).error().code, Errc::already_exists);
  EXPECT_EQ(link(yours_).error().code, Errc::already_exists);
  EXPECT_TRUE(link(yours_, {"https://other.example", "subject-of-mine"}));
}

TEST_F(PeoplesLinkedSignIns, OnlyTheirOwnerRemovesThemAndBothAreNews) {
  const LinkedSignInId id = link(mine_)->id;
  EXPECT_EQ(linked().remove(yours_.session.user, id).error().code, Errc::not_found);
  EXPECT_TRUE(linked().remove(mine_.session.user, id));
  EXPECT_EQ(linked().remove(mine_.session.user, id).error().code, Errc::not_found);
  EXPECT_EQ(sign_in().error().code, Errc::not_found);

  const auto news = news_of(mine_);
  ASSERT_EQ(news.size(), 2U);
  EXPECT_EQ(news[0].news.kind, NewsKind::sign_in_linked);
  EXPECT_EQ(news[1].news.kind, NewsKind::sign_in_unlinked);
  EXPECT_EQ(news[1].news.client_id, "Company");
  EXPECT_TRUE(link(yours_)) << "it is free again";
}

TEST_F(PeoplesLinkedSignIns, TheHostsResetTakesThemAway) {
  ASSERT_TRUE(link(mine_));
  ASSERT_TRUE(accounts().reset_factors(mine_.session.user));
  EXPECT_FALSE(sign_in());
  const auto news = news_of(mine_);
  EXPECT_TRUE(std::ranges::any_of(
      news, [](const WaitingNews& each) { return each.news.kind == NewsKind::sign_ins_reset; }));
  ASSERT_TRUE(accounts().reset_factors(yours_.session.user));
  EXPECT_TRUE(news_of(yours_).empty());
}

TEST_F(PeoplesLinkedSignIns, AnErasureTakesThemAlong) {
  ASSERT_TRUE(link(mine_));
  auto erasures = ErasureStore::open(database).value();
  ASSERT_TRUE(erasures.remove_account(mine_.session.user, mine_.session.organisation));
  EXPECT_EQ(sign_in().error().code, Errc::not_found);
  EXPECT_TRUE(link(yours_));
}

TEST_F(PeoplesLinkedSignIns, WhatAProviderCallsSomebodyIsNotReadInTheDatabase) {
  ASSERT_TRUE(link(mine_));
  const auto rows =
      database.query<Bytes, Bytes>("SELECT subject_index, sealed_subject FROM linked_sign_in");
  ASSERT_EQ(rows->size(), 1U);
  for (const Bytes& each : {std::get<0>(rows->front()), std::get<1>(rows->front())}) {
    EXPECT_EQ(as_text(each).find("subject-of-mine"), std::string_view::npos);
  }
}

TEST_F(PeoplesLinkedSignIns, AHandOverSealsThemAnewWhereTheirPersonIsAtHomeThen) {
  const LinkedSignIn made = link(mine_).value();
  ASSERT_TRUE(accounts().members().add(
      {mine_.session.organisation, yours_.session.user, Role::administrator, clock.now()}));
  ASSERT_TRUE(accounts().hand_over(mine_.session.organisation, mine_.session.user,
                                   yours_.session.user, "Another"));
  EXPECT_EQ(*linked().subject(made), "subject-of-mine");
  EXPECT_TRUE(sign_in());
}

TEST_F(PeoplesLinkedSignIns, OneNetworkBeginsOnlySoManyAtOnce) {
  const auto begin = [&](const Visitor& from) {
    return linked().begin_sign_in("company", "https://iot.lan/callback", from);
  };
  for (std::size_t i = 0; i < fixed_limit("accounts.attempts_of_network"); ++i) {
    ASSERT_TRUE(begin({"198.51.100.1"}));
  }
  EXPECT_EQ(begin({"198.51.100.9"}).error().code, Errc::exhausted);
  EXPECT_TRUE(begin(visitor_));
  clock.advance(std::chrono::seconds(5));
  EXPECT_TRUE(begin({"198.51.100.9"}));
}

TEST_F(PeoplesLinkedSignIns, WhoeverGuessesPasswordsKeepsNobodyOut) {
  ASSERT_TRUE(link(mine_));
  for (int i = 0; i < 50; ++i) static_cast<void>(enter("me@x.y", "guess").has_value());
  EXPECT_EQ(enter("me@x.y").error().code, Errc::exhausted);
  EXPECT_TRUE(sign_in());
}

// To link is for whoever is in that session alone.
TEST_F(PeoplesLinkedSignIns, AnAttemptToLinkIsItsSessions) {
  const auto begin = [&] {
    auto sent = linked().begin_link(mine_.id, mine_.session.user, "company", "x", visitor_).value();
    EXPECT_TRUE(linked().answer(sent.cookie, "company", sent.attempt.state, {"c", std::nullopt}));
    return sent;
  };
  EXPECT_FALSE(linked().come_back(begin().cookie));
  EXPECT_FALSE(linked().come_back(begin().cookie, yours_.id));
  EXPECT_TRUE(linked().come_back(begin().cookie, mine_.id));
}

TEST_F(PeoplesLinkedSignIns, APersonHasOnlySoMany) {
  for (std::size_t i = 0; i < fixed_limit("accounts.linked_sign_ins"); ++i) {
    ASSERT_TRUE(link(mine_, {"https://id.example", std::to_string(i)}));
  }
  EXPECT_EQ(link(mine_).error().code, Errc::exhausted);
  EXPECT_EQ(
      linked().begin_link(mine_.id, mine_.session.user, "company", "x", visitor_).error().code,
      Errc::exhausted);
  EXPECT_TRUE(link(yours_));
}

}  // namespace
}  // namespace fastness::accounts
