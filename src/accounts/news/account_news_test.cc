// What is news of an account, what is not, and attacks on those who are to hear it.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "accounts/testing/accounts_fixture.h"
#include "crypto/password/one_time_code.h"

namespace fastness::accounts {
namespace {

using namespace std::chrono_literals;
using testing::app_secret;
using testing::kPassword;
using testing::secret;
using testing::text;

constexpr std::string_view kNewPassword = "violet tractor umbrella lamp";

class AccountNews : public testing::AccountsFixture {
 protected:
  AccountNews() : session_(make_user("me@x.y")), me_(session_.session.user) { listen(); }

  void listen() {
    accounts().news().keep();
    accounts().sign_in().on_alarm(
        [this](const DoorAlarm& alarm) { door_alarms_.push_back(alarm.kind); });
    accounts().api_keys().on_alarm(
        [this](const KeyAlarm& alarm) { key_alarms_.push_back(alarm.address); });
  }
  void restart() {
    reopen();
    listen();
  }

  // What waits for a person; it counts as told.
  std::vector<WaitingNews> take(UserId user) {
    auto waiting = accounts().news().waiting(user).value();
    EXPECT_TRUE(accounts().news().mark_told(user, waiting));
    return waiting;
  }
  std::set<NewsKind> kinds() {
    std::set<NewsKind> found;
    for (const WaitingNews& each : take(me_)) found.insert(each.news.kind);
    return found;
  }
  using Kinds = std::set<NewsKind>;

  Result<void> change_password(std::string_view current, std::string_view wanted) {
    std::vector<Result<void>> results;
    accounts().sign_in().change_password(
        session_.id, me_, secret(current), secret(wanted),
        [&](auto result) { results.push_back(std::move(result)); });
    EXPECT_EQ(results.size(), 1U);
    return std::move(results.front());
  }
  std::string code() const {
    return crypto::one_time_code(app_, crypto::one_time_step(clock.now()));
  }
  std::vector<std::string> set_factor() {
    const User user = accounts().users().find(me_).value();
    app_ = app_secret(accounts().factors().offer(me_).secret);
    auto codes = accounts().factors().confirm(user, code()).value();
    clock.advance(30s);
    return codes;
  }
  // A sign-in that may owe a code.
  Result<Entered> come(const Visitor& visitor, std::string_view email = "me@x.y") {
    std::vector<Result<Entered>> results;
    accounts().sign_in().enter(email, secret(kPassword), visitor,
                               [&](auto result) { results.push_back(std::move(result)); });
    EXPECT_EQ(results.size(), 1U);
    return std::move(results.front());
  }
  std::string waiting_token(const Visitor& visitor) {
    auto entered = come(visitor).value();
    return std::get<FactorNeeded>(entered).token;
  }
  // Wrong passwords from ever other networks, so slowly that none is refused unseen.
  void guess(int times, std::string_view email = "me@x.y") {
    for (int i = 0; i < times; ++i) {
      clock.advance(31s);
      const auto refused = enter(email, "not the password", "10.1." + std::to_string(i) + ".1");
      ASSERT_FALSE(refused);
      ASSERT_EQ(refused.error().code, Errc::unauthenticated);
    }
  }

  // One that outlives its settling in.
  std::string make_lasting_key() {
    return accounts()
        .api_keys()
        .create(session_.session.organisation, me_, "nightly", Scopes::all(),
                clock.now() + std::chrono::hours(24 * 30))
        .value()
        .key.client_id;
  }

  NewSession session_;
  UserId me_;
  crypto::SecretBytes app_;
  std::vector<DoorAlarm::Kind> door_alarms_;
  std::vector<std::string> key_alarms_;
};

TEST_F(AccountNews, EachChangeOfAnAccountIsNews) {
  EXPECT_EQ(kinds(), Kinds()) << "that there is an account now is none";

  ASSERT_TRUE(change_password(kPassword, kNewPassword));
  EXPECT_EQ(kinds(), Kinds{NewsKind::password_changed});

  const auto link = accounts().setup_links().create(me_).value();
  ASSERT_TRUE(set_up(link.token, "me@x.y", "x", kPassword));
  EXPECT_EQ(kinds(), Kinds{NewsKind::password_set_by_link});

  const auto codes = set_factor();
  EXPECT_EQ(kinds(), Kinds{NewsKind::factor_set});
  const User user = accounts().users().find(me_).value();
  ASSERT_TRUE(accounts().factors().use(user, code()));
  EXPECT_EQ(kinds(), Kinds()) << "a code of the app is every day's";
  ASSERT_TRUE(accounts().factors().use(user, codes.front()));
  EXPECT_EQ(kinds(), Kinds{NewsKind::recovery_code_used});
  ASSERT_TRUE(accounts().factors().renew_recovery_codes(me_));
  EXPECT_EQ(kinds(), Kinds{NewsKind::recovery_codes_made});
  ASSERT_TRUE(accounts().factors().remove(me_));
  EXPECT_EQ(kinds(), Kinds{NewsKind::factor_removed});
  set_factor();
  ASSERT_TRUE(accounts().factors().reset(me_));
  EXPECT_EQ(kinds(), (Kinds{NewsKind::factor_set, NewsKind::factor_reset}));

  ASSERT_TRUE(accounts().sign_in().sign_out_elsewhere(session_.id, me_, {"192.0.2.1"}));
  EXPECT_EQ(kinds(), Kinds{NewsKind::signed_out_elsewhere});

  const auto key = make_key(session_.session);
  const auto news = take(me_);
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news.front().news.kind, NewsKind::key_created);
  EXPECT_EQ(news.front().news.client_id, key.key.client_id);
}

TEST_F(AccountNews, WhatDidNotHappenIsNone) {
  const User user = accounts().users().find(me_).value();
  const auto link = accounts().setup_links().create(me_).value();
  EXPECT_FALSE(change_password("not the password", kNewPassword));
  EXPECT_FALSE(change_password(kPassword, "short"));
  EXPECT_FALSE(set_up(link.token, "you@x.y", "x"));
  EXPECT_TRUE(accounts().factors().remove(me_)) << "of who has none";
  EXPECT_TRUE(accounts().factors().reset(me_));
  static_cast<void>(accounts().factors().offer(me_));
  EXPECT_FALSE(accounts().factors().confirm(user, "000000"));
  EXPECT_FALSE(accounts().factors().use(user, "AAAA-AAAA-AAAA-AAAA"));
  EXPECT_FALSE(accounts().factors().renew_recovery_codes(me_));
  EXPECT_FALSE(accounts().api_keys().create(session_.session.organisation, me_, "", Scopes::all(),
                                            clock.now() + 1h));

  EXPECT_EQ(kinds(), Kinds());
}

TEST_F(AccountNews, WhoNeverChoseAPasswordHasNone) {
  const auto made = accounts().initialise("you@x.y", "Yours", Accounts::WithKey::yes).value();
  EXPECT_TRUE(take(made.user.id).empty());

  ASSERT_TRUE(set_up(made.link.token, "you@x.y", "Yours"));

  EXPECT_TRUE(take(made.user.id).empty()) << "nor is the first password";
}

// News that cannot be written down must not be lost behind the change's back, nor the reverse.
TEST_F(AccountNews, AChangeAndItsNewsAreOneTransaction) {
  ASSERT_TRUE(change_password(kPassword, kNewPassword));
  restart();
  EXPECT_EQ(kinds(), Kinds{NewsKind::password_changed}) << "a crash loses none";

  const auto link = accounts().setup_links().create(me_).value();
  ASSERT_TRUE(database.run("ALTER TABLE account_news RENAME TO elsewhere"));
  EXPECT_FALSE(change_password(kNewPassword, kPassword));
  EXPECT_FALSE(set_up(link.token, "me@x.y", "x", kPassword));
  EXPECT_FALSE(accounts().api_keys().create(session_.session.organisation, me_, "k", Scopes::all(),
                                            clock.now() + 1h));

  EXPECT_FALSE(sign_in("me@x.y", kPassword));
  EXPECT_TRUE(accounts().api_keys().list(session_.session.organisation).empty());
  ASSERT_TRUE(database.run("ALTER TABLE elsewhere RENAME TO account_news"));
  EXPECT_TRUE(sign_in("me@x.y", kNewPassword));
}

TEST_F(AccountNews, WithoutAMailServerNothingIsKept) {
  reopen();

  ASSERT_TRUE(change_password(kPassword, kNewPassword));
  make_key(session_.session);

  EXPECT_EQ(kinds(), Kinds());
}

TEST_F(AccountNews, HoweverMuchHappensWhatWaitsIsOneOfEachKind) {
  for (int i = 0; i < 100; ++i) make_key(session_.session);

  const auto news = take(me_);

  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news.front().times, 100U);
}

TEST_F(AccountNews, ASignInFromANewNetworkOrBrowserIsNewsAndTheFirstIsNot) {
  const Visitor home{"192.0.2.1", "Firefox on Linux"};
  ASSERT_TRUE(come(home));
  ASSERT_TRUE(come({"192.0.2.77", "Firefox on Linux"}));
  EXPECT_EQ(kinds(), Kinds()) << "the first browser, and a neighbour's address";

  ASSERT_TRUE(come({"198.51.100.7", "Firefox on Linux"}));
  ASSERT_TRUE(come({"192.0.2.1", "Chrome on Windows"}));
  const auto news = take(me_);
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news.front().news.kind, NewsKind::new_place);
  EXPECT_EQ(news.front().times, 2U);
  EXPECT_EQ(news.front().news.from.address, "192.0.2.1");
  EXPECT_EQ(news.front().news.from.browser, "Chrome on Windows");
  EXPECT_EQ(door_alarms_, (std::vector{DoorAlarm::Kind::new_place, DoorAlarm::Kind::new_place}));

  restart();
  ASSERT_TRUE(come({"198.51.100.7", "Chrome on Windows"}));
  EXPECT_EQ(kinds(), Kinds()) << "both are known";
  clock.advance(KnownPlaces::kRemembered + 1h);
  ASSERT_TRUE(come(home));
  EXPECT_EQ(kinds(), Kinds{NewsKind::new_place}) << "it is long ago";
}

TEST_F(AccountNews, APlaceOfOnePersonIsNewToAnother) {
  make_user("you@x.y");
  ASSERT_TRUE(come({"198.51.100.7"}));
  kinds();

  ASSERT_TRUE(come({"198.51.100.7"}, "you@x.y"));

  EXPECT_EQ(door_alarms_.size(), 2U);
}

TEST_F(AccountNews, WhoHasOnlyThePasswordIsInNoNewPlace) {
  set_factor();
  kinds();
  const std::string token = waiting_token({"198.51.100.7"});
  EXPECT_FALSE(accounts().sign_in().give_code(token, "000000", {"198.51.100.7"}).session);
  EXPECT_EQ(kinds(), Kinds());

  ASSERT_TRUE(accounts().sign_in().give_code(token, code(), {"203.0.113.9"}).session);

  const auto news = take(me_);
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news.front().news.from.address, "203.0.113.9") << "where the code came from";
}

TEST_F(AccountNews, WhereSomebodyWasIsSealed) {
  ASSERT_TRUE(come({"198.51.100.7", "Firefox on Linux"}));

  const auto rows = database.query<Bytes>("SELECT sealed_visitor FROM account_news");

  ASSERT_TRUE(rows && rows->size() == 1);
  const std::string stored(as_text(std::get<0>(rows->front())));
  EXPECT_GT(stored.size(), 46U);
  EXPECT_EQ(stored.find("198.51"), std::string::npos);
}

TEST_F(AccountNews, ManyWrongPasswordsAreToldOnceADayAndTheirPersonIsNotFlooded) {
  constexpr int kSlow = 31 * 15 / 240;  // the guesses that refill meanwhile
  guess(static_cast<int>(GuessWatch::kPasswords));
  EXPECT_TRUE(door_alarms_.empty());
  guess(kSlow + 2);
  EXPECT_EQ(door_alarms_, std::vector{DoorAlarm::Kind::wrong_passwords});
  const auto news = take(me_);
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news.front().news.kind, NewsKind::wrong_passwords);
  EXPECT_FALSE(news.front().news.from.address.empty());

  guess(500);
  EXPECT_EQ(door_alarms_.size(), 1U);
  EXPECT_EQ(kinds(), Kinds());
  EXPECT_TRUE(sign_in("me@x.y", kPassword)) << "and nobody is shut out";

  clock.advance(GuessWatch::kQuiet);
  guess(40);
  EXPECT_EQ(door_alarms_.back(), DoorAlarm::Kind::wrong_passwords);
  EXPECT_TRUE(kinds().contains(NewsKind::wrong_passwords)) << "the next day they are told again";
}

TEST_F(AccountNews, ManyWrongCodesAreToldApartFromWrongPasswords) {
  set_factor();
  kinds();
  guess(30);
  ASSERT_EQ(kinds(), Kinds{NewsKind::wrong_passwords});
  for (int i = 0; i < static_cast<int>(GuessWatch::kCodes); ++i) {
    const std::string token = waiting_token({"192.0.2.1"});
    ASSERT_FALSE(accounts().sign_in().give_code(token, "no code", {"192.0.2.1"}).session);
  }
  EXPECT_EQ(kinds(), Kinds());

  const std::string token = waiting_token({"192.0.2.1"});
  ASSERT_FALSE(accounts().sign_in().give_code(token, "no code", {"192.0.2.1"}).session);

  EXPECT_EQ(kinds(), Kinds{NewsKind::wrong_codes}) << "the passwords do not hide them";
  EXPECT_EQ(door_alarms_.back(), DoorAlarm::Kind::wrong_codes);
}

TEST_F(AccountNews, WhoStoleASessionAndGuessesThePasswordIsHeardOf) {
  for (int i = 0; i < 40; ++i) {
    clock.advance(31s);
    EXPECT_FALSE(change_password("not the password", kNewPassword));
  }

  EXPECT_EQ(kinds(), Kinds{NewsKind::wrong_passwords});
}

// Neither words nor time nor what is stored tell whether an address has an account.
TEST_F(AccountNews, AnUnknownAddressCausesNothingAndTheAlarmComesAfterTheAnswer) {
  guess(40, "nobody@x.y");
  EXPECT_TRUE(door_alarms_.empty());
  const auto made = accounts().initialise("new@x.y", "New", Accounts::WithKey::no).value();
  guess(40, "new@x.y");
  EXPECT_TRUE(door_alarms_.empty()) << "nor one that nobody has chosen a password for";

  std::size_t alarms_at_answer = 0;
  for (int i = 0; i < 40; ++i) {
    clock.advance(31s);
    accounts().sign_in().enter("me@x.y", secret("not the password"), {"10.9.9.9"},
                               [&](const auto&) { alarms_at_answer += door_alarms_.size(); });
    if (!door_alarms_.empty()) break;
  }

  EXPECT_EQ(door_alarms_.size(), 1U);
  EXPECT_EQ(alarms_at_answer, 0U);
}

TEST_F(AccountNews, AKeyInANewNetworkIsNewsOnceItIsSettledIn) {
  const std::string id = make_lasting_key();
  kinds();
  auto& keys = accounts().api_keys();
  keys.used(id, "192.0.2.1");
  keys.used(id, "198.51.100.1");
  clock.advance(SeenNetworks::kSettling);
  EXPECT_EQ(kinds(), Kinds()) << "it is being settled in";

  restart();
  accounts().api_keys().used(id, "192.0.2.99");
  accounts().api_keys().used(id, "198.51.100.1");
  accounts().api_keys().used(id);
  EXPECT_EQ(kinds(), Kinds()) << "a restart forgets nothing";
  accounts().api_keys().used(id, "203.0.113.9");

  const auto news = take(me_);
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news.front().news.kind, NewsKind::key_in_new_network);
  EXPECT_EQ(news.front().news.client_id, id);
  EXPECT_EQ(news.front().news.from.address, "203.0.113.9");
  EXPECT_EQ(key_alarms_, std::vector<std::string>{"203.0.113.9"});
  accounts().api_keys().used(id, "203.0.113.9");
  EXPECT_EQ(kinds(), Kinds()) << "it is known now";
}

// Whoever has a key and a large network of the new kind has ever another one to come from.
TEST_F(AccountNews, WhoHopsFromNetworkToNetworkWritesNoMoreThanAFewLines) {
  const std::string id = make_lasting_key();
  accounts().api_keys().used(id, "192.0.2.1");
  clock.advance(SeenNetworks::kSettling);

  for (int i = 0; i < 10'000; ++i) {
    accounts().api_keys().used(id, "2001:db8:" + std::to_string(i % 9'999) + "::1");
  }

  EXPECT_EQ(key_alarms_.size(), static_cast<std::size_t>(ApiKeys::kNetworksAtOnce));
  const auto rows = database.query_one<std::int64_t>("SELECT count(*) FROM api_key_network");
  ASSERT_TRUE(rows && *rows);
  EXPECT_LE(std::get<0>(**rows), static_cast<std::int64_t>(SeenNetworks::kMost));
}

TEST_F(AccountNews, WhereAKeyWasUsedIsAHashAndEndsWithTheKey) {
  const std::string id = make_lasting_key();
  accounts().api_keys().used(id, "192.0.2.1");
  const auto rows = database.query<Bytes>("SELECT network FROM api_key_network");
  ASSERT_TRUE(rows && rows->size() == 1);
  EXPECT_EQ(std::get<0>(rows->front()).size(), 32U);

  ASSERT_TRUE(accounts().api_keys().revoke(session_.session.organisation, id));

  EXPECT_TRUE(database.query<Bytes>("SELECT network FROM api_key_network")->empty());
}

TEST_F(AccountNews, KeysThatAreTriedInVainOrFoundAreNews) {
  auto& keys = accounts().api_keys();
  const auto make = [&](const char* networks, KeyUse use) {
    return keys
        .create(session_.session.organisation, me_, "k",
                use == KeyUse::honey ? Scopes() : Scopes::all(), clock.now() + 1h,
                *parse_networks(networks), use)
        .value();
  };
  const auto honey = make("", KeyUse::honey);
  const auto limited = make("192.0.2.0/24", KeyUse::program);
  const auto leaked = make("", KeyUse::program);
  kinds();

  EXPECT_FALSE(keys.authenticate(honey.key.client_id, text(honey.secret), "203.0.113.9"));
  EXPECT_EQ(kinds(), Kinds{NewsKind::honey_key_used});
  EXPECT_FALSE(keys.authenticate(limited.key.client_id, text(limited.secret), "203.0.113.9"));
  EXPECT_EQ(kinds(), Kinds{NewsKind::key_refused_elsewhere});
  const std::vector<std::string_view> found{text(leaked.secret)};
  ASSERT_TRUE(keys.end_leaked(found, [&](const auto&) {
    EXPECT_EQ(kinds(), Kinds()) << "the finder's answer does not wait for it";
  }));
  EXPECT_EQ(kinds(), Kinds{NewsKind::key_leaked});
}

}  // namespace
}  // namespace fastness::accounts
