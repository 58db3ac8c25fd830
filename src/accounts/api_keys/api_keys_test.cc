#include <algorithm>

#include <gtest/gtest.h>

#include "accounts/clock_tolerance.h"
#include "accounts/testing/accounts_fixture.h"
#include "json/object_reader.h"

namespace fastness::accounts {
namespace {

using testing::AccountsFixture;
using testing::secret;
using testing::text;

class Keys : public AccountsFixture {
 protected:
  Keys() : key_(make_key(make_user("a@b.c").session)) {}

  // The three parts of a token.
  static std::vector<std::string> parts(const std::string& token) {
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    return {token.substr(0, first), token.substr(first + 1, last - first - 1),
            token.substr(last + 1)};
  }
  static std::string sign(const crypto::SecretBytes& key, const std::string& signed_text) {
    return signed_text + "." + to_base64url(crypto::hmac_sha256(key, as_bytes(signed_text)));
  }
  static std::string segment(const std::string& json) { return to_base64url(as_bytes(json)); }

  [[nodiscard]] std::string issue() { return accounts().tokens().issue(key_.key, clock.now()); }

  // As its owner's list has it, among keys that may be as old.
  [[nodiscard]] ApiKey listed(const ApiKey& key) {
    const auto all = accounts().api_keys().list(key.organisation);
    return *std::ranges::find(all, key.client_id, &ApiKey::client_id);
  }

  NewApiKey key_;
};

TEST_F(Keys, AuthenticateWithIdAndSecretOnly) {
  auto& keys = accounts().api_keys();
  const std::string right(text(key_.secret));

  EXPECT_EQ(keys.authenticate(key_.key.client_id, right)->user, key_.key.user);
  for (const std::string& wrong :
       {std::string(), right + "x", right.substr(0, 63), std::string(64, 'a')}) {
    EXPECT_EQ(keys.authenticate(key_.key.client_id, wrong).error().code, Errc::unauthenticated);
  }
  EXPECT_FALSE(keys.authenticate("", right));
  EXPECT_FALSE(keys.authenticate(std::string(32, 'x'), right));
}

TEST_F(Keys, RevokingEndsTheKeyItsTokensAndTellsWithinTheCall) {
  const std::string token = issue();
  ASSERT_TRUE(accounts().verify(token));
  std::vector<std::string> told;
  accounts().api_keys().on_revoked([&](const std::string& id) {
    EXPECT_FALSE(accounts().verify(token)) << "told before it was over";
    told.push_back(id);
  });

  ASSERT_TRUE(accounts().api_keys().revoke(key_.key.organisation, key_.key.client_id));

  EXPECT_EQ(told, std::vector{key_.key.client_id});
  EXPECT_FALSE(accounts().verify(token));
  EXPECT_FALSE(accounts().api_keys().authenticate(key_.key.client_id, text(key_.secret)));
  reopen();
  EXPECT_FALSE(accounts().verify(token));
}

TEST_F(Keys, AnotherOrganisationsKeyIsNotFound) {
  const auto other = accounts().initialise("x@y.z", "Other", Accounts::WithKey::no);

  const auto revoked = accounts().api_keys().revoke(other->user.organisation, key_.key.client_id);

  EXPECT_EQ(revoked.error().code, Errc::not_found);
  EXPECT_TRUE(accounts().api_keys().list(other->user.organisation).empty());
  EXPECT_EQ(accounts().api_keys().list(key_.key.organisation).size(), 1U);
}

TEST_F(Keys, ExpireWithTheirTokens) {
  clock.advance(std::chrono::hours(24) - std::chrono::seconds(10));
  const std::string token = issue();
  ASSERT_TRUE(accounts().verify(token));

  clock.advance(std::chrono::seconds(10));

  EXPECT_FALSE(accounts().verify(token));
  EXPECT_FALSE(accounts().api_keys().authenticate(key_.key.client_id, text(key_.secret)));
}

TEST_F(Keys, AreRefusedWithoutNameScopeOrEnd) {
  auto& keys = accounts().api_keys();
  const auto create = [&](const std::string& name, Scopes scopes, std::chrono::hours life) {
    return keys.create(key_.key.organisation, key_.key.user, name, scopes, clock.now() + life);
  };
  const std::chrono::hours day(24);

  EXPECT_FALSE(create("", Scopes::all(), day));
  EXPECT_FALSE(create(std::string(65, 'x'), Scopes::all(), day));
  EXPECT_FALSE(create("n", {}, day));
  EXPECT_FALSE(create("n", Scopes::all(), std::chrono::hours(0)));
  EXPECT_FALSE(create("n", Scopes::all(), ApiKeys::kLongestLife + day));
  EXPECT_TRUE(create(std::string(64, 'x'), Scopes{Scope::things_read}, day));
}

TEST_F(Keys, WhoeverShowsTheSecretEndsItsKeyForGood) {
  auto& keys = accounts().api_keys();
  const std::string token = issue();
  std::vector<std::string> told;
  keys.on_revoked([&](const std::string& id) { told.push_back(id); });
  const std::string_view secrets[] = {"fastnessk1", text(key_.secret)};
  std::vector<bool> known;
  const auto note = [&](const ApiKeys::Leaked& leaked) {
    EXPECT_TRUE(told.empty()) << "the answer waited for what lived by the key";
    EXPECT_FALSE(accounts().verify(token)) << "answered before it was over";
    for (const auto& each : leaked) known.push_back(each.has_value());
  };

  ASSERT_TRUE(keys.end_leaked(secrets, note));

  EXPECT_EQ(known, (std::vector{false, true}));
  EXPECT_EQ(told, std::vector{key_.key.client_id});
  for (const bool is_after_restart : {false, true}) {
    SCOPED_TRACE(is_after_restart);
    if (is_after_restart) reopen();
    EXPECT_FALSE(accounts().api_keys().authenticate(key_.key.client_id, text(key_.secret)));
    EXPECT_FALSE(accounts().verify(token));
    const auto listed = accounts().api_keys().list(key_.key.organisation);
    ASSERT_EQ(listed.size(), 1U) << "its owner is to see why";
    EXPECT_EQ(state_of(listed[0], clock.now()), KeyState::leaked);
    EXPECT_EQ(listed[0].leaked_at, clock.now());
  }
}

TEST_F(Keys, ADeadKeyIsNobodysAndKeepsWhenItDied) {
  auto& keys = accounts().api_keys();
  const std::string_view secret = text(key_.secret);
  const auto ends = [&](bool expected) {
    ASSERT_TRUE(keys.end_leaked({&secret, 1}, [&](const ApiKeys::Leaked& leaked) {
      EXPECT_EQ(leaked.at(0).has_value(), expected);
    }));
  };
  ends(true);
  const Timestamp died = clock.now();
  clock.advance(std::chrono::hours(1));
  ends(false);
  EXPECT_EQ(keys.list(key_.key.organisation)[0].leaked_at, died);

  ASSERT_TRUE(keys.revoke(key_.key.organisation, key_.key.client_id));
  EXPECT_TRUE(keys.list(key_.key.organisation).empty());
}

TEST_F(Keys, AnExpiredKeyIsNotReportedAgain) {
  clock.advance(std::chrono::hours(24));
  const std::string_view secret = text(key_.secret);
  ASSERT_TRUE(accounts().api_keys().end_leaked(
      {&secret, 1}, [](const ApiKeys::Leaked& leaked) { EXPECT_FALSE(leaked.at(0)); }));
  EXPECT_EQ(state_of(accounts().api_keys().list(key_.key.organisation)[0], clock.now()),
            KeyState::expired);
}

// Of two reports, one with a good secret: what costs time is done for both.
TEST_F(Keys, ReportsDoTheSameWorkWhateverTheyShow) {
  auto& keys = accounts().api_keys();
  const auto reports = [&] {
    return std::get<0>(**database.query_one<std::int64_t>("SELECT count FROM leak_reports"));
  };
  const std::string made_up = "fastnessk1" + std::string(54, '0');
  std::int64_t count = 0;
  for (const std::string& secret : {made_up, std::string(text(key_.secret)), made_up}) {
    const auto before = keys.published().load();
    const std::string_view shown = secret;
    int answers = 0;
    ASSERT_TRUE(keys.end_leaked({&shown, 1}, [&](const ApiKeys::Leaked&) { ++answers; }));
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(reports(), ++count) << "a report that wrote nothing is quicker";
    EXPECT_NE(keys.published().load(), before);
  }
}

TEST_F(Keys, ATokenSaysWhatItsClientsRead) {
  const std::string token = issue();

  EXPECT_LT(token.size(), 700U);
  const auto header = json::parse(as_text(*from_base64url(parts(token)[0])));
  EXPECT_EQ(*header->find("typ")->get<std::string>(), "JWT");
  EXPECT_EQ(*header->find("alg")->get<std::string>(), "HS256");
  const auto claims = json::parse(as_text(*from_base64url(parts(token)[1])));
  EXPECT_EQ(*claims->find("http://arduino.cc/id")->get<std::string>(),
            key_.key.user.value().to_text());
  EXPECT_EQ(*claims->find("aud")->get<std::string>(), "https://api2.arduino.cc/iot");
  EXPECT_EQ(*claims->find("exp")->get<std::int64_t>() - *claims->find("iat")->get<std::int64_t>(),
            300);
  const auto bearer = accounts().verify(token);
  EXPECT_EQ(bearer->client_id, key_.key.client_id);
  EXPECT_EQ(bearer->organisation, key_.key.organisation);
}

TEST_F(Keys, ATokenLivesFiveMinutes) {
  const std::string token = issue();

  clock.advance(std::chrono::seconds(299));
  EXPECT_TRUE(accounts().verify(token));
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(accounts().verify(token));
}

TEST_F(Keys, ForgedTokensAreRefused) {
  const std::string token = issue();
  const auto part = parts(token);
  const AccountKeys keys = testing::make_account_keys();
  const std::string hs256 = segment(R"({"alg":"HS256","typ":"JWT"})");
  const std::string none = segment(R"({"alg":"none","typ":"JWT"})");
  const std::string rs256 = segment(R"({"alg":"RS256","typ":"JWT"})");
  std::string changed = part[1];
  changed[10] = changed[10] == 'A' ? 'B' : 'A';
  std::string other_spelling = token;  // the last character carries two bits that mean nothing
  other_spelling.back() = static_cast<char>(other_spelling.back() + 1);

  const std::vector<std::pair<const char*, std::string>> attacks = {
      {"empty", ""},
      {"dots", ".."},
      {"one dot", part[0] + "." + part[1]},
      {"cut signature", token.substr(0, token.size() - 1)},
      {"no signature", part[0] + "." + part[1] + "."},
      {"no header", "." + part[1] + "." + part[2]},
      {"a fourth part", token + ".x"},
      {"an empty fourth part", token + "."},
      {"a part in between", part[0] + ".." + part[1] + "." + part[2]},
      {"alg none, no signature", none + "." + part[1] + "."},
      {"alg none, signed", sign(keys.token_current, none + "." + part[1])},
      {"alg RS256", sign(keys.token_current, rs256 + "." + part[1])},
      {"no key id, though signed", sign(keys.token_current, hs256 + "." + part[1])},
      {"another key", sign(secret(std::string(32, 'x')), part[0] + "." + part[1])},
      {"an empty key, as HMAC pads it", sign(secret(std::string(1, 0)), part[0] + "." + part[1])},
      {"the key of another purpose", sign(keys.session, part[0] + "." + part[1])},
      {"the other live key", sign(keys.token_previous, part[0] + "." + part[1])},
      {"changed claims", part[0] + "." + changed + "." + part[2]},
      {"padding", token + "="},
      {"a space", token + " "},
      {"another spelling of the signature", other_spelling},
      {"far too long", token + std::string(2000, 'a')},
      {"claims that are no object", sign(keys.token_current, part[0] + "." + segment("[]"))},
      {"claims without an end",
       sign(
           keys.token_current,
           part[0] + "." + segment(R"({"iss":"fastness","cid":")" + key_.key.client_id + R"("})"))},
  };
  for (const auto& [name, attack] : attacks) {
    SCOPED_TRACE(name);
    const auto bearer = accounts().verify(attack);
    ASSERT_FALSE(bearer);
    EXPECT_EQ(bearer.error().code, Errc::unauthenticated);
  }
  EXPECT_TRUE(accounts().verify(token));
}

// T22: who moves the clock back makes nothing longer.
TEST_F(Keys, ATokenOfTheFutureIsRefused) {
  const std::string token = issue();
  clock.set_calendar_back(kClockTolerance);
  EXPECT_TRUE(accounts().verify(token));

  clock.set_calendar_back(std::chrono::seconds(1));

  EXPECT_EQ(accounts().verify(token).error().code, Errc::unauthenticated);
  EXPECT_TRUE(accounts().verify(issue()));
}

TEST_F(Keys, ATokenOfThePreviousKeyStillWorks) {
  AccountKeys before = testing::make_account_keys();
  before.token_current = secret(std::string(32, 'p'));
  before.token_previous = {};
  const AccessTokens old(before);

  EXPECT_TRUE(accounts().verify(old.issue(key_.key, clock.now())));
  EXPECT_FALSE(old.verify(issue(), *accounts().api_keys().published().load(), clock.now()));
}

TEST_F(Keys, RememberWhenTheyWereUsed) {
  auto& keys = accounts().api_keys();
  keys.used(key_.key.client_id);
  const Timestamp first = clock.now();
  clock.advance(std::chrono::minutes(9));
  keys.used(key_.key.client_id);
  EXPECT_EQ(keys.list(key_.key.organisation)[0].last_used_at, first);
  clock.advance(std::chrono::minutes(1));
  keys.used(key_.key.client_id);

  reopen();

  EXPECT_EQ(accounts().api_keys().list(key_.key.organisation)[0].last_used_at, clock.now());
}

TEST_F(Keys, ANewSecretLeavesTheOldOneItsOverlapAndNotASecondMore) {
  const NewApiKey made = accounts()
                             .api_keys()
                             .create(key_.key.organisation, key_.key.user, "n", Scopes::all(),
                                     clock.now() + ApiKeys::kLongestLife)
                             .value();
  const auto rotate = [&] {
    return accounts().api_keys().rotate(made.key.organisation, made.key.client_id).value();
  };
  const auto is_good = [&](const NewApiKey& with) {
    return accounts().api_keys().authenticate(made.key.client_id, text(with.secret)).has_value();
  };

  const NewApiKey second = rotate();

  EXPECT_EQ(second.key.client_id, made.key.client_id);
  EXPECT_EQ(second.key.expires_at, made.key.expires_at);
  EXPECT_EQ(second.key.previous_ends_at, clock.now() + ApiKeys::kOverlap);
  EXPECT_NE(text(second.secret), text(made.secret));
  clock.advance(ApiKeys::kOverlap - std::chrono::seconds(1));
  reopen();
  EXPECT_TRUE(is_good(made));
  EXPECT_TRUE(is_good(second));
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(is_good(made));
  EXPECT_TRUE(is_good(second));
  reopen();
  EXPECT_FALSE(is_good(made));

  // Twice in a row: there are never three.
  const NewApiKey third = rotate();
  const NewApiKey fourth = rotate();
  EXPECT_FALSE(is_good(second));
  EXPECT_TRUE(is_good(third));
  EXPECT_TRUE(is_good(fourth));
}

TEST_F(Keys, WhileTwoSecretsAreGoodEitherThatLeaksEndsTheKey) {
  auto& keys = accounts().api_keys();
  const NewApiKey second = keys.rotate(key_.key.organisation, key_.key.client_id).value();
  const std::string_view old = text(key_.secret);

  ASSERT_TRUE(
      keys.end_leaked({&old, 1}, [](const ApiKeys::Leaked& leaked) { EXPECT_TRUE(leaked.at(0)); }));

  EXPECT_FALSE(keys.authenticate(second.key.client_id, text(second.secret)));
}

// What is dead already says nothing of the key that has another secret since.
TEST_F(Keys, AnOldSecretThatLeaksAfterItsOverlapEndsNothing) {
  auto& keys = accounts().api_keys();
  const NewApiKey made = keys.create(key_.key.organisation, key_.key.user, "n", Scopes::all(),
                                     clock.now() + ApiKeys::kLongestLife)
                             .value();
  const NewApiKey second = keys.rotate(made.key.organisation, made.key.client_id).value();
  clock.advance(ApiKeys::kOverlap);
  const std::string_view old = text(made.secret);
  ASSERT_TRUE(keys.end_leaked({&old, 1},
                              [](const ApiKeys::Leaked& leaked) { EXPECT_FALSE(leaked.at(0)); }));
  EXPECT_TRUE(keys.authenticate(made.key.client_id, text(second.secret)));
}

TEST_F(Keys, OnlyALiveKeyOfTheOrganisationGetsANewSecret) {
  auto& keys = accounts().api_keys();
  const NewSession other = make_user("x@y.z");
  EXPECT_EQ(keys.rotate(other.session.organisation, key_.key.client_id).error().code,
            Errc::not_found);
  EXPECT_EQ(keys.rotate(key_.key.organisation, "fk").error().code, Errc::not_found);
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(keys.rotate(key_.key.organisation, key_.key.client_id).error().code,
            Errc::invalid_argument);
}

TEST_F(Keys, LimitedToNetworksAreRefusedElsewhere) {
  const NewApiKey made =
      accounts()
          .api_keys()
          .create(key_.key.organisation, key_.key.user, "n", Scopes::all(),
                  clock.now() + std::chrono::hours(24), *parse_networks("192.0.2.0/24"))
          .value();
  reopen();
  auto& keys = accounts().api_keys();
  std::vector<std::string> alarms;
  keys.on_alarm([&](const KeyAlarm& alarm) {
    EXPECT_EQ(alarm.kind, KeyAlarm::Kind::from_elsewhere);
    EXPECT_EQ(alarm.key.client_id, made.key.client_id);
    alarms.push_back(alarm.address);
  });
  const auto enter = [&](std::string_view address) {
    return keys.authenticate(made.key.client_id, text(made.secret), address).has_value();
  };

  EXPECT_TRUE(enter("192.0.2.200"));
  EXPECT_TRUE(enter("::ffff:192.0.2.200"));
  EXPECT_FALSE(enter("198.51.100.1"));
  EXPECT_FALSE(enter("198.51.100.2")) << "the alarm has heard of this network";
  EXPECT_FALSE(enter(""));
  EXPECT_EQ(alarms, (std::vector<std::string>{"198.51.100.1", ""}));

  // A token got inside is no way around it.
  clock.advance(ApiKeys::kAlarmGrain);
  const std::string token = accounts().tokens().issue(made.key, clock.now());
  EXPECT_TRUE(accounts().verify(token, "192.0.2.1"));
  EXPECT_EQ(accounts().verify(token, "198.51.100.1").error().code, Errc::unauthenticated);
  EXPECT_FALSE(accounts().verify(token));
  EXPECT_EQ(alarms.size(), 4U);
  // Who has the wrong secret learns nothing of the networks, and raises no alarm.
  EXPECT_FALSE(keys.authenticate(made.key.client_id, text(key_.secret), "203.0.113.1"));
  EXPECT_EQ(alarms.size(), 4U);
}

TEST_F(Keys, HaveAsManyNetworksAsAllowedAndNotOneMore) {
  const auto create = [&](std::size_t count) {
    return accounts().api_keys().create(key_.key.organisation, key_.key.user, "n", Scopes::all(),
                                        clock.now() + std::chrono::hours(1),
                                        Networks(count, *Network::parse("192.0.2.0/24")));
  };
  EXPECT_TRUE(create(kMaxNetworks));
  EXPECT_EQ(create(kMaxNetworks + 1).error().message, "an API key has at most 16 networks");
}

TEST_F(Keys, AHoneyKeyOpensNothingAndTells) {
  const auto create = [&](Scopes scopes, const char* networks) {
    return accounts().api_keys().create(key_.key.organisation, key_.key.user, "in the old backup",
                                        scopes, clock.now() + ApiKeys::kLongestLife,
                                        *parse_networks(networks), KeyUse::honey);
  };
  EXPECT_FALSE(create({Scope::things_read}, ""));
  EXPECT_FALSE(create({}, "192.0.2.0/24"));
  const NewApiKey honey = create({}, "").value();
  clock.advance(ApiKeys::kLongestUnused * 2);  // waiting is what it is for
  auto& keys = accounts().api_keys();
  int alarms = 0;
  keys.on_alarm([&](const KeyAlarm& alarm) {
    EXPECT_EQ(alarm.kind, KeyAlarm::Kind::honey_used);
    ++alarms;
  });
  const auto attempt = [&](std::string_view secret, std::string_view address) {
    return keys.authenticate(honey.key.client_id, secret, address);
  };

  EXPECT_FALSE(attempt(text(key_.secret), "198.51.100.1"));
  EXPECT_EQ(alarms, 0) << "not for whoever knows only the id";
  EXPECT_EQ(attempt(text(honey.secret), "198.51.100.1").error().code, Errc::unauthenticated);
  EXPECT_FALSE(attempt(text(honey.secret), "198.51.100.1"));
  EXPECT_EQ(alarms, 1);
  EXPECT_FALSE(attempt(text(honey.secret), "203.0.113.1"));
  EXPECT_EQ(alarms, 2) << "from elsewhere it is news";
  EXPECT_FALSE(accounts().verify(accounts().tokens().issue(honey.key, clock.now()), "192.0.2.1"));
  EXPECT_FALSE(keys.rotate(honey.key.organisation, honey.key.client_id));

  reopen();
  const ApiKey kept = listed(honey.key);
  EXPECT_EQ(kept.use, KeyUse::honey);
  EXPECT_EQ(kept.tripped_at, clock.now());
  EXPECT_EQ(kept.tripped_from, "203.0.113.1");
}

TEST_F(Keys, AreDeadWhenNobodyUsedThemForTheLongestTime) {
  auto& keys = accounts().api_keys();
  const NewApiKey made = keys.create(key_.key.organisation, key_.key.user, "n", Scopes::all(),
                                     clock.now() + ApiKeys::kLongestLife)
                             .value();
  const auto is_good = [&] {
    return accounts().api_keys().authenticate(made.key.client_id, text(made.secret)).has_value();
  };
  const auto state = [&] { return state_of(listed(made.key), clock.now()); };
  clock.advance(ApiKeys::kLongestUnused - std::chrono::seconds(1));
  EXPECT_TRUE(is_good());
  keys.used(made.key.client_id);  // it counts anew

  clock.advance(ApiKeys::kLongestUnused - std::chrono::seconds(1));
  EXPECT_TRUE(is_good());
  EXPECT_EQ(state(), KeyState::live);
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(is_good());
  EXPECT_EQ(state(), KeyState::unused);

  reopen();
  EXPECT_FALSE(is_good());
  EXPECT_EQ(state(), KeyState::unused);
}

// Whoever tries it cannot wake it: the refused attempt is no use.
TEST_F(Keys, ADeadKeyIsNotWokenByTrying) {
  const NewApiKey made = accounts()
                             .api_keys()
                             .create(key_.key.organisation, key_.key.user, "n", Scopes::all(),
                                     clock.now() + ApiKeys::kLongestLife)
                             .value();
  clock.advance(ApiKeys::kLongestUnused);
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(accounts().api_keys().authenticate(made.key.client_id, text(made.secret)));
    accounts().api_keys().used(made.key.client_id);
  }
}

TEST_F(Keys, LiveAsLongAsAllowedAndNotASecondMore) {
  const auto create = [&](std::chrono::seconds life) {
    return accounts().api_keys().create(key_.key.organisation, key_.key.user, "n", Scopes::all(),
                                        clock.now() + life);
  };
  EXPECT_TRUE(create(ApiKeys::kLongestLife));
  const auto refused = create(ApiKeys::kLongestLife + std::chrono::seconds(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "expires_at must be in the next five years");
}

TEST_F(Keys, AnOrganisationHasAsManyAsAllowedAndNotOneMore) {
  auto& keys = accounts().api_keys();
  const auto create = [&] {
    return keys.create(key_.key.organisation, key_.key.user, "n", Scopes::all(),
                       clock.now() + std::chrono::hours(1));
  };
  while (keys.list(key_.key.organisation).size() < ApiKeys::kMaxPerOrganisation) {
    ASSERT_TRUE(create());
  }
  const auto refused = create();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::exhausted);
  EXPECT_EQ(refused.error().message,
            "the organisation has 1000 API keys, which is the most: end one that is not used");

  ASSERT_TRUE(keys.revoke(key_.key.organisation, key_.key.client_id));
  EXPECT_TRUE(create());
}

TEST_F(Keys, ATokenIsHeldToItsBytes) {
  const AccountKeys keys = testing::make_account_keys();
  const auto part = parts(issue());
  // A token of ours in every way but that spaces make its claims longer.
  const auto padded = [&](std::size_t size) {
    const Bytes claims = from_base64url(part[1]).value();
    std::string text(as_text(claims));
    std::string token;
    do {
      text += ' ';
      token = sign(keys.token_current, part[0] + "." + segment(text));
    } while (token.size() < size);
    return token;
  };
  const std::string largest = padded(AccessTokens::kMaxSize - 1);
  ASSERT_LE(largest.size(), AccessTokens::kMaxSize);
  EXPECT_TRUE(accounts().verify(largest));
  const std::string larger = padded(AccessTokens::kMaxSize + 1);
  ASSERT_LE(larger.size(), AccessTokens::kMaxSize + 2);
  EXPECT_FALSE(accounts().verify(larger));
}

}  // namespace
}  // namespace fastness::accounts
