#include <chrono>

#include <gtest/gtest.h>

#include "accounts/testing/keys_fixture.h"

namespace fastness::accounts {
namespace {

using std::chrono::days;
using testing::Keys;
using testing::secret;
using testing::text;

TEST_F(Keys, ExpireWithTheirTokens) {
  clock.advance(std::chrono::hours(24) - std::chrono::seconds(10));
  const std::string token = issue();
  ASSERT_TRUE(accounts().verify(token));

  clock.advance(std::chrono::seconds(10));

  EXPECT_FALSE(accounts().verify(token));
  EXPECT_FALSE(accounts().api_keys().authenticate(key_.key.client_id, text(key_.secret)));
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

TEST_F(Keys, ANewSecretLeavesTheOldOneItsOverlapAndNotASecondMore) {
  const NewApiKey made = make_key_until(clock.now() + ApiKeys::kLongestLife);
  const auto rotate = [&] {
    return accounts().api_keys().rotate(made.key.organisation, made.key.client_id).value();
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
  const NewApiKey made = make_key_until(clock.now() + ApiKeys::kLongestLife);
  const NewApiKey second = keys.rotate(made.key.organisation, made.key.client_id).value();
  clock.advance(ApiKeys::kOverlap);
  const std::string_view old = text(made.secret);
  ASSERT_TRUE(keys.end_leaked({&old, 1},
                              [](const ApiKeys::Leaked& leaked) { EXPECT_FALSE(leaked.at(0)); }));
  EXPECT_TRUE(keys.authenticate(made.key.client_id, text(second.secret)));
}

TEST_F(Keys, AreDeadWhenNobodyUsedThemForTheLongestTime) {
  auto& keys = accounts().api_keys();
  const NewApiKey made = make_key_until(clock.now() + ApiKeys::kLongestLife);
  const auto state = [&] { return state_of(listed(made.key), clock.now()); };
  clock.advance(ApiKeys::kLongestUnused - std::chrono::seconds(1));
  EXPECT_TRUE(is_good(made));
  keys.used(made.key.client_id);  // it counts anew

  clock.advance(ApiKeys::kLongestUnused - std::chrono::seconds(1));
  EXPECT_TRUE(is_good(made));
  EXPECT_EQ(state(), KeyState::live);
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(is_good(made));
  EXPECT_EQ(state(), KeyState::unused);

  reopen();
  EXPECT_FALSE(is_good(made));
  EXPECT_EQ(state(), KeyState::unused);
}

// Whoever tries it cannot wake it: the refused attempt is no use.
TEST_F(Keys, ADeadKeyIsNotWokenByTrying) {
  const NewApiKey made = make_key_until(clock.now() + ApiKeys::kLongestLife);
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

// Whoever sets the clock back has no key again that was seen to be over.
TEST_F(Keys, AClockThatGoesBackBringsNoEndedKeyBack) {
  const NewApiKey short_lived = make_key_until(clock.now() + days(1));
  const NewApiKey unused = make_key_until(clock.now() + ApiKeys::kLongestLife);
  clock.advance(ApiKeys::kLongestUnused);
  note_ends_in_an_hour();

  clock.set_calendar_back(ApiKeys::kLongestUnused);

  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(is_good(short_lived));
    EXPECT_FALSE(is_good(unused));
    EXPECT_EQ(state_of(listed(short_lived.key), clock.now()), KeyState::expired);
    EXPECT_EQ(state_of(listed(unused.key), clock.now()), KeyState::unused);
    const auto published = accounts().api_keys().published().load();
    EXPECT_EQ(published->find(short_lived.key.client_id, clock.now()), nullptr);
    EXPECT_EQ(published->find(unused.key.client_id, clock.now()), nullptr);
    reopen();
  }
}

TEST_F(Keys, AClockThatGoesBackBringsNoOldSecretBack) {
  const NewApiKey old = make_key_until(clock.now() + ApiKeys::kLongestLife);
  const NewApiKey rotated =
      accounts().api_keys().rotate(old.key.organisation, old.key.client_id).value();
  clock.advance(ApiKeys::kOverlap);
  note_ends_in_an_hour();

  clock.set_calendar_back(ApiKeys::kOverlap + days(1));

  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(is_good(old));
    EXPECT_TRUE(is_good(rotated));
    EXPECT_EQ(listed(old.key).previous_ends_at, std::nullopt);
    reopen();
  }
}

// As a clock does that was set wrong, or a computer without one that asked the wrong server.
TEST_F(Keys, AClockThatJumpedAheadAndIsPutRightInTimeEndsNothing) {
  const NewApiKey made = make_key_until(clock.now() + ApiKeys::kLongestUnused);
  const NewApiKey rotated =
      accounts().api_keys().rotate(made.key.organisation, made.key.client_id).value();
  for (int i = 0; i < 2; ++i) {
    clock.set_calendar_back(-ApiKeys::kLongestLife);
    EXPECT_FALSE(is_good(rotated));
    ASSERT_TRUE(accounts().api_keys().note_ends());
    clock.advance(SeenOver::kSettled - std::chrono::seconds(1));
    ASSERT_TRUE(accounts().api_keys().note_ends());

    clock.set_calendar_back(ApiKeys::kLongestLife);
    ASSERT_TRUE(accounts().api_keys().note_ends());
    EXPECT_TRUE(is_good(made));
    EXPECT_TRUE(is_good(rotated));
  }
}

}  // namespace
}  // namespace fastness::accounts
