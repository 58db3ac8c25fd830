#pragma once

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts::testing {

// Somebody has an API key.
class Keys : public AccountsFixture {
 protected:
  Keys() : key_(make_key(make_user("a@b.c").session)) {}

  // One more, that ends then.
  [[nodiscard]] NewApiKey make_key_until(Timestamp end) {
    return accounts()
        .api_keys()
        .create(key_.key.organisation, key_.key.user, "n", Scopes::all(), end)
        .value();
  }

  [[nodiscard]] bool is_good(const NewApiKey& key) {
    return accounts().api_keys().authenticate(key.key.client_id, text(key.secret)).has_value();
  }

  // What is over now is so for good after it.
  void note_ends_in_an_hour() {
    ASSERT_TRUE(accounts().api_keys().note_ends());
    clock.advance(SeenOver::kSettled);
    ASSERT_TRUE(accounts().api_keys().note_ends());
  }

  // As its owner's list has it, among keys that may be as old.
  [[nodiscard]] ApiKey listed(const ApiKey& key) {
    const auto all = accounts().api_keys().list(key.organisation);
    return *std::ranges::find(all, key.client_id, &ApiKey::client_id);
  }

  [[nodiscard]] std::string issue() { return accounts().tokens().issue(key_.key, clock.now()); }

  NewApiKey key_;
};

}  // namespace fastness::accounts::testing
