// A whole Accounts over a database in memory, real keys, and a hasher that is quick.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "accounts/accounts.h"
#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"
#include "keys/testing/test_content_keys.h"
#include "storage/database.h"

namespace fastness::accounts::testing {

inline constexpr const char* kPassword = "correct horse battery";

// HMAC of password, salt and cost instead of Argon2id; answers at once, or when told to.
class QuickHasher final : public PasswordHasher {
 public:
  void hash(crypto::SecretBytes password, Bytes salt, crypto::PasswordCost cost,
            Done done) override;
  void hash_chosen(crypto::SecretBytes password, Bytes salt, Done done) override;
  void release();
  // The oldest of those that are held.
  void release_one();

  bool hold = false;
  int count = 0;
  IsBreached is_breached;

 private:
  std::deque<std::pair<Done, crypto::Digest>> held_;
};

[[nodiscard]] crypto::SecretBytes secret(std::string_view text);
[[nodiscard]] std::string_view text(const crypto::SecretBytes& secret);
// What an authenticator app makes of the base32 text that it was given.
[[nodiscard]] crypto::SecretBytes app_secret(std::string_view base32);
[[nodiscard]] AccountKeys make_account_keys();

class AccountsFixture : public ::testing::Test {
 protected:
  AccountsFixture();

  [[nodiscard]] Accounts& accounts() { return *accounts_; }
  void reopen();
  // For whoever takes the database away.
  void close() { accounts_.reset(); }

  // Fail with `permission_denied` where a code is asked for.
  [[nodiscard]] Result<NewSession> set_up(const std::string& token, const std::string& email,
                                          const std::string& organisation,
                                          std::string_view password = kPassword);
  [[nodiscard]] Result<NewSession> sign_in(std::string_view email, std::string_view password,
                                           std::string_view address = "192.0.2.1");
  // What the password alone opens.
  [[nodiscard]] Result<Entered> enter(std::string_view email, std::string_view password = kPassword,
                                      std::string_view address = "192.0.2.1");
  NewSession make_user(const std::string& email);
  NewApiKey make_key(const Session& session, Scopes scopes = Scopes::all());

  fastness::testing::ManualClock clock{
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22))};
  crypto::SystemRandom random;
  QuickHasher hasher;
  keys::testing::TestContentKeys content{clock};
  storage::Database database = storage::Database::open_in_memory().value();

 private:
  std::unique_ptr<Accounts> accounts_;
};

}  // namespace fastness::accounts::testing
