#include <gtest/gtest.h>

#include "accounts/testing/keys_fixture.h"

namespace fastness::accounts {
namespace {

using testing::Keys;
using testing::secret;
using testing::text;

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

}  // namespace
}  // namespace fastness::accounts
