// Every way into an account that the host's owner suspended, tried; and that all is as before once
// it is resumed.
#include "accounts/suspension/suspensions.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "accounts/erasure/erasure_store.h"
#include "accounts/testing/accounts_fixture.h"
#include "crypto/password/one_time_code.h"
#include "webauthn/testing/software_authenticator.h"

namespace fastness::accounts {
namespace {

using namespace std::chrono_literals;
using testing::app_secret;
using testing::kPassword;
using testing::secret;
using testing::text;
using webauthn::RelyingParty;
using webauthn::testing::Asked;
using webauthn::testing::Said;
using webauthn::testing::SoftwareAuthenticator;

constexpr std::string_view kOtherPassword = "violet tractor umbrella lamp";
constexpr const char* kReason = "Their laptop was stolen";

class SuspendedAccount : public testing::AccountsFixture {
 protected:
  SuspendedAccount() { listen(); }

  void listen() {
    accounts().news().keep();
    accounts().sessions().on_ended([this](const SessionId& id) { ended_.push_back(id); });
    accounts().api_keys().on_revoked([this](const std::string& id) { cut_.push_back(id); });
  }
  void restart() {
    reopen();
    listen();
  }
  Result<Accounts::CutOff> suspend() { return accounts().suspend(me_, kReason); }

  // What whoever shows all that a way in asks for is told, and nobody else.
  static void expect_suspended(const Error& error) {
    EXPECT_EQ(error.code, Errc::permission_denied) << error.message;
  }

  Result<Entered> set_up(const std::string& token) {
    std::vector<Result<Entered>> results;
    accounts().sign_in().set_up(token, "me@x.y", secret(kOtherPassword), "Greenhouse",
                                {"192.0.2.1"},
                                [&](auto result) { results.push_back(std::move(result)); });
    EXPECT_EQ(results.size(), 1U);
    return std::move(results.front());
  }
  // The secret of an app, and the recovery codes that came with it.
  std::pair<crypto::SecretBytes, std::vector<std::string>> set_factor() {
    const User user = accounts().users().find(me_).value();
    const auto offer = accounts().factors().offer(me_);
    crypto::SecretBytes app = app_secret(offer.secret);
    const std::string code = crypto::one_time_code(app, crypto::one_time_step(clock.now()));
    return {std::move(app), accounts().factors().confirm(user, code).value()};
  }
  std::string factor_token() { return std::get<FactorNeeded>(enter("me@x.y").value()).token; }

  void add_passkey() {
    const auto offer = accounts().passkeys().offer(mine_.id, me_).value();
    const Said said = phone_.create(Asked(party_, offer.challenge));
    ASSERT_TRUE(accounts().passkeys().add(mine_.id, me_, "Phone", as_bytes(said.client_data),
                                          said.authenticator_data, party_));
  }
  Result<NewSession> sign_in_by(const SoftwareAuthenticator& authenticator) {
    const Bytes handle = accounts().passkeys().offer(SessionId{}, me_)->user_handle;
    const auto challenge = accounts().passkeys().offer_sign_in({"192.0.2.1"}).challenge;
    const Said said = authenticator.get(Asked(party_, challenge));
    return std::move(accounts()
                         .passkeys()
                         .sign_in({authenticator.id(), handle, to_bytes(as_bytes(said.client_data)),
                                   said.authenticator_data, said.signature},
                                  party_, {"192.0.2.1"})
                         .session);
  }
  Result<ApiKey> authenticate(const NewApiKey& key) {
    return accounts().api_keys().authenticate(key.key.client_id, text(key.secret));
  }
  std::set<NewsKind> news_of(UserId user) {
    std::set<NewsKind> kinds;
    const auto waiting = accounts().news().waiting(user).value();
    for (const WaitingNews& each : waiting) kinds.insert(each.news.kind);
    return kinds;
  }

  const RelyingParty party_ =
      RelyingParty::of(RelyingParty::Scheme::https, "iot.lan", 8443).value();
  const SoftwareAuthenticator phone_;
  const NewSession mine_ = make_user("me@x.y");
  const NewSession yours_ = make_user("you@x.y");
  const UserId me_ = mine_.session.user;
  std::vector<SessionId> ended_;
  std::vector<std::string> cut_;
};

TEST_F(SuspendedAccount, TheRightPasswordIsToldAndAWrongOneHearsNothingNew) {
  ASSERT_TRUE(suspend());
  hasher.count = 0;

  expect_suspended(enter("me@x.y").error());
  const auto wrong = enter("me@x.y", "not the password at all");
  const auto of_nobody = enter("nobody@x.y", "not the password at all");

  EXPECT_EQ(wrong.error().code, Errc::unauthenticated);
  EXPECT_EQ(of_nobody.error().code, Errc::unauthenticated);
  EXPECT_EQ(wrong.error().message, of_nobody.error().message);
  EXPECT_EQ(hasher.count, 3) << "each guess costs one hash";
  EXPECT_TRUE(sign_in("you@x.y", kPassword)) << "nobody else is kept out";
}

TEST_F(SuspendedAccount, ItsPersonMakesNoPlaceKnownAndNoNewsMeanwhile) {
  ASSERT_TRUE(suspend());

  expect_suspended(enter("me@x.y", kPassword, "203.0.113.9").error());

  EXPECT_EQ(news_of(me_), std::set{NewsKind::account_suspended});
}

TEST_F(SuspendedAccount, NoCodeIsAskedForAndOneThatWasAskedForIsWorthNothing) {
  const auto [app, codes] = set_factor();
  clock.advance(1min);
  const std::string waits = factor_token();
  ASSERT_TRUE(suspend());

  expect_suspended(enter("me@x.y").error());
  const auto followed = accounts().sign_in().give_code(
      waits, crypto::one_time_code(app, crypto::one_time_step(clock.now())), {"192.0.2.1"});

  EXPECT_EQ(followed.session.error().code, Errc::not_found) << "what waited has ended";
}

TEST_F(SuspendedAccount, ARecoveryCodeSignsInNobodyAndIsGoodAfterwards) {
  const auto [app, codes] = set_factor();
  const std::string waits = factor_token();
  ASSERT_TRUE(suspend());

  const auto followed = accounts().sign_in().give_code(waits, codes.front(), {"192.0.2.1"});
  ASSERT_FALSE(followed.session);
  ASSERT_TRUE(accounts().resume(me_));

  EXPECT_TRUE(accounts().sign_in().give_code(factor_token(), codes.front(), {"192.0.2.1"}).session);
}

TEST_F(SuspendedAccount, APasskeyIsToldAndAStrangersIsNot) {
  add_passkey();
  const SoftwareAuthenticator strangers;
  const auto refused = sign_in_by(strangers).error();
  ASSERT_TRUE(suspend());

  expect_suspended(sign_in_by(phone_).error());
  const auto again = sign_in_by(strangers).error();

  EXPECT_EQ(again.code, Errc::unauthenticated);
  EXPECT_EQ(again.message, refused.message);
  ASSERT_TRUE(accounts().resume(me_));
  EXPECT_TRUE(sign_in_by(phone_));
}

TEST_F(SuspendedAccount, ALinkedSignInIsTold) {
  const oidc::Identity identity{"https://id.example", "subject-of-mine"};
  ASSERT_TRUE(accounts().linked_sign_ins().link(me_, identity, "Company"));
  ASSERT_TRUE(suspend());

  expect_suspended(accounts().linked_sign_ins().sign_in(identity, {"192.0.2.1"}).entered.error());
  const auto unknown =
      accounts().linked_sign_ins().sign_in({"https://id.example", "another"}, {"192.0.2.1"});

  EXPECT_EQ(unknown.entered.error().code, Errc::not_found);
}

TEST_F(SuspendedAccount, ALinkForANewPasswordChangesNothingAndIsGoodAfterwards) {
  const auto link = accounts().setup_links().create(me_).value();
  ASSERT_TRUE(suspend());

  expect_suspended(set_up(link.token).error());
  expect_suspended(accounts().sign_in().look_up(link.token, "192.0.2.1").error());
  EXPECT_EQ(set_up("made up").error().code, Errc::unauthenticated);
  ASSERT_TRUE(accounts().resume(me_));

  EXPECT_TRUE(sign_in("me@x.y", kPassword)) << "the password was not changed";
  EXPECT_TRUE(set_up(link.token));
}

TEST_F(SuspendedAccount, IsNotOpenedByALinkOrAPasswordThatWasBeingHashedMeanwhile) {
  const auto link = accounts().setup_links().create(me_).value();
  std::vector<Result<Entered>> entered;
  const auto note = [&](auto result) { entered.push_back(std::move(result)); };
  hasher.hold = true;
  accounts().sign_in().set_up(link.token, "me@x.y", secret(kOtherPassword), "Greenhouse",
                              {"192.0.2.1"}, note);
  accounts().sign_in().enter("me@x.y", secret(kPassword), {"192.0.2.1"}, note);
  ASSERT_TRUE(suspend());

  hasher.release();

  ASSERT_EQ(entered.size(), 2U);
  for (const auto& each : entered) expect_suspended(each.error());
  ASSERT_TRUE(accounts().resume(me_));
  EXPECT_TRUE(sign_in("me@x.y", kPassword));
}

// Whoever had stolen a session and the password must not choose the one that counts afterwards.
TEST_F(SuspendedAccount, IsGivenNoPasswordFromASessionThatHasEnded) {
  std::vector<Result<void>> changed;
  accounts().sign_in().change_password(mine_.id, me_, secret(kPassword), secret(kOtherPassword),
                                       [&](auto result) { changed.push_back(std::move(result)); });
  ASSERT_TRUE(changed.front()) << "as a rule it works";
  hasher.hold = true;
  accounts().sign_in().change_password(mine_.id, me_, secret(kOtherPassword), secret(kPassword),
                                       [&](auto result) { changed.push_back(std::move(result)); });
  hasher.release_one();  // the old one is right, and the new one is being hashed
  ASSERT_TRUE(suspend());
  hasher.release();

  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed.back().error().code, Errc::unauthenticated);
  ASSERT_TRUE(accounts().resume(me_));
  EXPECT_TRUE(sign_in("me@x.y", kOtherPassword));
}

TEST_F(SuspendedAccount, ItsSessionsEndWithinTheCallAndAreNotBroughtBack) {
  const NewSession other = sign_in("me@x.y", kPassword).value();
  ended_.clear();

  const auto cut = suspend();

  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->sessions, 2U);
  EXPECT_EQ(std::set(ended_.begin(), ended_.end()), (std::set{mine_.id, other.id}));
  EXPECT_EQ(accounts().sessions().find(mine_.token).error().code, Errc::unauthenticated);
  EXPECT_FALSE(accounts().sessions().is_alive(other.id));
  EXPECT_TRUE(accounts().sessions().find(yours_.token));
  ASSERT_TRUE(accounts().resume(me_));
  EXPECT_FALSE(accounts().sessions().find(mine_.token));
  restart();
  EXPECT_FALSE(accounts().sessions().find(mine_.token));
}

// Deny by default: the wall stands wherever a way in forgets to ask.
TEST_F(SuspendedAccount, NoSessionIsMadeForItByAnybody) {
  ASSERT_TRUE(suspend());

  expect_suspended(accounts().sessions().create(me_, mine_.session.organisation).error());
}

TEST_F(SuspendedAccount, NoSessionOfItThatWasLeftOnTheDiskIsTakenUp) {
  ASSERT_TRUE(database.run("INSERT INTO suspension (user, since, reason) VALUES (?, 1, 'x')", me_));
  restart();

  EXPECT_EQ(accounts().sessions().find(mine_.token).error().code, Errc::unauthenticated);
  EXPECT_TRUE(accounts().sessions().list(me_).empty());
}

TEST_F(SuspendedAccount, ItsKeysAndTokensOpenNothingWithinTheCallAndAreGoodAfterwards) {
  const NewApiKey key = make_key(mine_.session);
  const NewApiKey yours = make_key(yours_.session);
  const std::string token = accounts().tokens().issue(key.key, clock.now());
  ASSERT_TRUE(accounts().verify(token));

  const auto cut = suspend();

  EXPECT_EQ(cut->api_keys, 1U);
  EXPECT_EQ(cut_, std::vector{key.key.client_id}) << "what lives by it is cut";
  EXPECT_EQ(authenticate(key).error().code, Errc::unauthenticated);
  EXPECT_EQ(accounts().verify(token).error().code, Errc::unauthenticated);
  EXPECT_EQ(accounts().api_keys().published().load()->find(key.key.client_id, clock.now()),
            nullptr);
  const auto listed = accounts().api_keys().list(mine_.session.organisation);
  EXPECT_EQ(state_of(listed.front(), clock.now()), KeyState::suspended);
  EXPECT_TRUE(authenticate(yours));
  restart();
  EXPECT_FALSE(accounts().verify(token));
  EXPECT_FALSE(authenticate(key));
  ASSERT_TRUE(accounts().resume(me_));
  EXPECT_TRUE(accounts().verify(token));
  EXPECT_TRUE(authenticate(key));
}

TEST_F(SuspendedAccount, KeysThatEndedMeanwhileStayEnded) {
  const NewApiKey revoked = make_key(mine_.session);
  const NewApiKey leaked = make_key(mine_.session);
  const NewApiKey old = make_key(mine_.session);
  ASSERT_TRUE(suspend());
  ASSERT_TRUE(accounts().api_keys().revoke(mine_.session.organisation, revoked.key.client_id));
  const std::vector secrets{text(leaked.secret)};
  std::size_t found = 0;
  ASSERT_TRUE(accounts().api_keys().end_leaked(secrets, [&](const ApiKeys::Leaked& which) {
    found = static_cast<std::size_t>(
        std::ranges::count_if(which, [](const auto& each) { return each.has_value(); }));
  }));
  EXPECT_EQ(found, 1U);
  EXPECT_EQ(
      accounts().api_keys().rotate(mine_.session.organisation, old.key.client_id).error().code,
      Errc::invalid_argument);
  clock.advance(24h);
  ASSERT_TRUE(accounts().resume(me_));

  for (const NewApiKey* key : {&revoked, &leaked, &old}) EXPECT_FALSE(authenticate(*key));
}

TEST_F(SuspendedAccount, AHoneyKeyOfItsPersonGoesOnWaiting) {
  const auto honey = accounts().api_keys().create(mine_.session.organisation, me_, "bait", {},
                                                  clock.now() + 1h, {}, KeyUse::honey);
  std::vector<KeyAlarm::Kind> alarms;
  accounts().api_keys().on_alarm([&](const KeyAlarm& alarm) { alarms.push_back(alarm.kind); });
  ASSERT_TRUE(suspend());

  EXPECT_FALSE(authenticate(*honey));

  EXPECT_EQ(alarms, std::vector{KeyAlarm::Kind::honey_used});
}

TEST_F(SuspendedAccount, AnInvitationMakesNoSecondWayIn) {
  const auto invited = accounts().invitations().create(
      yours_.session.organisation, yours_.session.user, Role::owner, "me@x.y", Role::member);
  ASSERT_TRUE(invited) << invited.error().message;
  ASSERT_TRUE(suspend());
  std::vector<Result<NewSession>> joined;

  accounts().invitations().join(invited->token, secret(kOtherPassword), {"192.0.2.1"},
                                [&](auto result) { joined.push_back(std::move(result)); });

  ASSERT_EQ(joined.size(), 1U);
  EXPECT_EQ(joined.front().error().code, Errc::already_exists);
  ASSERT_TRUE(accounts().resume(me_));
  EXPECT_TRUE(accounts().invitations().accept(invited->token, me_)) << "it was not used up";
}

TEST_F(SuspendedAccount, AnOperatorsAccessEndsAndTheyAreOneAgainAfterwards) {
  add_passkey();
  ASSERT_TRUE(accounts().operators().add(me_));
  const auto ask = [&] {
    auto draft = accounts().access_grants().draft(
        mine_.id, me_, {yours_.session.organisation, {Scope::things_read}, 60min, "Silent pump"},
        party_);
    const Said said = phone_.get(Asked(party_, draft->offer.challenge));
    return accounts()
        .access_grants()
        .ask(mine_.id, draft->request,
             {phone_.id(),
              {},
              to_bytes(as_bytes(said.client_data)),
              said.authenticator_data,
              said.signature},
             party_)
        .value();
  };
  const AccessGrant waiting = ask();
  const AccessGrant live = ask();
  ASSERT_TRUE(database.run("UPDATE access_grant SET state = ? WHERE id = ?", GrantState::live,
                           live.request.id));
  ASSERT_TRUE(accounts().access_grants().live(live.request.id, me_).value());
  std::vector<GrantState> told;
  accounts().access_grants().on_changed(
      [&](const AccessGrant& grant) { told.push_back(grant.state); });

  ASSERT_TRUE(suspend());

  EXPECT_FALSE(accounts().access_grants().live(live.request.id, me_).value());
  std::ranges::sort(told);
  std::vector expected{GrantState::ended, GrantState::withdrawn};
  std::ranges::sort(expected);
  EXPECT_EQ(told, expected);
  ASSERT_TRUE(accounts().resume(me_));
  EXPECT_FALSE(accounts().access_grants().live(live.request.id, me_).value());
  EXPECT_TRUE(is_over(accounts().access_grants().find(waiting.request.id).value()->state));
  EXPECT_TRUE(accounts().operators().has(me_));
}

TEST_F(SuspendedAccount, SurvivesARestartAndHasItsReason) {
  ASSERT_TRUE(suspend());
  const Timestamp since = clock.now();
  clock.advance(std::chrono::hours(1'000));
  restart();

  expect_suspended(enter("me@x.y").error());
  const Suspension* kept = accounts().suspensions().find(me_);
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->since, since);
  EXPECT_EQ(kept->reason, kReason);
  EXPECT_EQ(accounts().suspensions().find(yours_.session.user), nullptr);
}

TEST_F(SuspendedAccount, IsSuspendedOnceAndResumedOnce) {
  EXPECT_EQ(accounts().resume(me_).error().code, Errc::not_found);
  ASSERT_TRUE(suspend());

  EXPECT_EQ(suspend().error().code, Errc::already_exists);
  ASSERT_TRUE(accounts().resume(me_));
  EXPECT_EQ(accounts().resume(me_).error().code, Errc::not_found);
  restart();
  EXPECT_TRUE(sign_in("me@x.y", kPassword));
}

TEST_F(SuspendedAccount, AReasonIsOneLineOfItsLength) {
  for (const std::string& unfit : {std::string(), std::string("two\nlines"),
                                   std::string(Suspensions::kReasonBytes + 1, 'x')}) {
    EXPECT_EQ(accounts().suspend(me_, unfit).error().code, Errc::invalid_argument);
  }
  EXPECT_TRUE(accounts().sessions().find(mine_.token)) << "nothing has happened";

  EXPECT_TRUE(accounts().suspend(me_, std::string(Suspensions::kReasonBytes, 'x')));
}

// A disk that takes nothing more must not leave an account half shut.
TEST_F(SuspendedAccount, WhatCannotBeWrittenDownHasNotHappened) {
  const NewApiKey key = make_key(mine_.session);
  ASSERT_TRUE(database.run("DROP TABLE account_news"));

  EXPECT_FALSE(suspend());

  EXPECT_FALSE(accounts().suspensions().has(me_));
  EXPECT_TRUE(accounts().sessions().find(mine_.token));
  EXPECT_TRUE(authenticate(key));
  EXPECT_TRUE(ended_.empty());
  EXPECT_FALSE(accounts().sign_out_everywhere(me_));
  EXPECT_TRUE(accounts().sessions().find(mine_.token));
}

TEST_F(SuspendedAccount, ItsPersonIsMailedOfEachDeedOfTheHost) {
  ASSERT_TRUE(suspend());
  ASSERT_TRUE(accounts().resume(me_));
  ASSERT_TRUE(accounts().sign_out_everywhere(me_));

  EXPECT_EQ(news_of(me_), (std::set{NewsKind::account_suspended, NewsKind::account_resumed,
                                    NewsKind::signed_out_by_host}));
  EXPECT_TRUE(news_of(yours_.session.user).empty());
}

TEST_F(SuspendedAccount, IsGoneWithItsPerson) {
  ASSERT_TRUE(suspend());
  ErasureStore erasures = ErasureStore::open(database).value();
  ASSERT_TRUE(erasures.remove_account(me_, mine_.session.organisation));

  const auto left = database.query_one<std::int64_t>("SELECT count(*) FROM suspension");
  EXPECT_EQ(std::get<0>(**left), 0);
}

TEST_F(SuspendedAccount, SigningOutEverywhereEndsSessionsAndNothingElse) {
  const auto [app, codes] = set_factor();
  const NewApiKey key = make_key(mine_.session);
  const std::string waits = factor_token();
  ended_.clear();

  EXPECT_EQ(accounts().sign_out_everywhere(me_).value(), 1U);

  EXPECT_EQ(ended_, std::vector{mine_.id});
  EXPECT_FALSE(accounts().sessions().find(mine_.token));
  EXPECT_FALSE(accounts().sign_in().give_code(waits, codes.front(), {"192.0.2.1"}).session);
  EXPECT_TRUE(accounts().sessions().find(yours_.token));
  EXPECT_TRUE(authenticate(key));
  restart();
  EXPECT_FALSE(accounts().sessions().find(mine_.token));
  EXPECT_TRUE(enter("me@x.y"));
}

TEST_F(SuspendedAccount, EverybodyIsListedWithTheirLastSignIn) {
  clock.advance(1h);
  ASSERT_TRUE(sign_in("you@x.y", kPassword));

  const auto all = accounts().users().all().value();

  ASSERT_EQ(all.size(), 2U);
  for (const SeenUser& each : all) {
    const bool is_mine = each.user.id == me_;
    EXPECT_TRUE(each.user.has_password);
    EXPECT_EQ(each.last_sign_in, is_mine ? clock.now() - 1h : clock.now());
  }
}

}  // namespace
}  // namespace fastness::accounts
