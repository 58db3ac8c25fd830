// An API key opens what it was said to open, and nothing once it was said to be dead.
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "accounts/accounts.h"
#include "accounts/testing/durable_accounts.h"

namespace fastness::accounts {
namespace {

using testing::DurableAccounts;
using testing::text;

class ApiKeysDurability : public DurableAccounts {
 protected:
  void come() { mine_ = make_user("me@x.y").session; }
  void come_with_key() {
    come();
    key_ = create().value();
  }
  Result<NewApiKey> create() {
    return accounts().api_keys().create(mine_->organisation, mine_->user, "k", Scopes::all(),
                                        clock.now() + 4 * ApiKeys::kOverlap);
  }
  [[nodiscard]] bool is_good(const NewApiKey& key) {
    return accounts().api_keys().authenticate(key.key.client_id, text(key.secret)).has_value();
  }
  // As the rest of the process sees it, and as the list has it.
  [[nodiscard]] std::string keys() {
    const auto list = accounts().api_keys().list(mine_->organisation);
    const auto published = accounts().api_keys().published().load();
    std::string words = std::to_string(list.size()) + " keys";
    for (const ApiKey& each : list) {
      words += ", " + std::string(to_text(state_of(each, clock.now())));
      if (published->find(each.client_id, clock.now()) != nullptr) words += ", opens";
      if (each.previous_ends_at) words += ", rotated";
    }
    return words;
  }

  std::optional<Session> mine_;
  std::optional<NewApiKey> key_;
  std::optional<NewApiKey> other_;  // a secret that may have been made
};

TEST_F(ApiKeysDurability, AKeyIsMadeOrNot) {
  at_each_call({
      .prepare = [&] { come(); },
      .attempt =
          [&] {
            key_.reset();
            auto made = create();
            if (made) key_ = std::move(made).value();
            return key_.has_value();
          },
      .look = [&] { return keys(); },
      .before = "0 keys",
      .after = "1 keys, live, opens",
      .then =
          [&](bool was_said) {
            if (was_said) {
              EXPECT_TRUE(is_good(*key_));
            }
          },
  });
}

TEST_F(ApiKeysDurability, ARevokedKeyStaysDead) {
  at_each_call({
      .prepare = [&] { come_with_key(); },
      .attempt =
          [&] {
            return accounts()
                .api_keys()
                .revoke(mine_->organisation, key_->key.client_id)
                .has_value();
          },
      .look = [&] { return keys() + (is_good(*key_) ? ", good" : ", dead"); },
      .before = "1 keys, live, opens, good",
      .after = "0 keys, dead",
  });
}

TEST_F(ApiKeysDurability, ARotatedKeyHasItsNewSecretAndNoneThatNobodyWasTold) {
  at_each_call({
      .prepare = [&] { come_with_key(); },
      .attempt =
          [&] {
            other_.reset();
            auto made = accounts().api_keys().rotate(mine_->organisation, key_->key.client_id);
            if (made) other_ = std::move(made).value();
            EXPECT_TRUE(!other_ || is_good(*other_));
            return other_.has_value();
          },
      .look = [&] { return keys() + (is_good(*key_) ? ", good" : ", dead"); },
      .before = "1 keys, live, opens, good",
      .after = "1 keys, live, opens, rotated, good",
      .then =
          [&](bool was_said) {
            if (!was_said) return;
            clock.advance(ApiKeys::kOverlap);
            EXPECT_TRUE(is_good(*other_));
            EXPECT_FALSE(is_good(*key_));
            clock.advance(-ApiKeys::kOverlap);
          },
  });
}

// By the calendar of the day that the key was made on.
TEST_F(ApiKeysDurability, AnEndIsNotedOrNot) {
  constexpr auto kLong = 5 * ApiKeys::kOverlap;
  const auto note_ends = [&] { return accounts().api_keys().note_ends().has_value(); };
  at_each_call({
      .prepare =
          [&] {
            come_with_key();
            clock.advance(kLong);
          },
      .attempt =
          [&] {
            EXPECT_TRUE(note_ends());
            clock.advance(SeenOver::kSettled);
            const bool is_noted = note_ends();
            clock.advance(-SeenOver::kSettled);
            return is_noted;
          },
      .look =
          [&] {
            clock.set_calendar_back(kLong);
            const std::string then = keys() + (is_good(*key_) ? ", good" : ", dead");
            clock.set_calendar_back(-kLong);
            return then;
          },
      .before = "1 keys, live, opens, good",
      .after = "1 keys, expired, dead",
  });
}

TEST_F(ApiKeysDurability, ALeakedKeyStaysDead) {
  at_each_call({
      .prepare = [&] { come_with_key(); },
      .attempt =
          [&] {
            bool was_said = false;
            const std::string_view leaked = text(key_->secret);
            const auto done = accounts().api_keys().end_leaked(
                {&leaked, 1}, [&](const ApiKeys::Leaked&) { was_said = true; });
            EXPECT_EQ(done.has_value(), was_said);
            return was_said;
          },
      .look = [&] { return keys() + (is_good(*key_) ? ", good" : ", dead"); },
      .before = "1 keys, live, opens, good",
      .after = "1 keys, leaked, dead",
  });
}

}  // namespace
}  // namespace fastness::accounts
