#include "accounts/testing/accounts_fixture.h"

#include <algorithm>
#include <vector>

namespace fastness::accounts::testing {

void QuickHasher::hash(crypto::SecretBytes password, Bytes salt, Done done) {
  ++count;
  const crypto::Digest digest = crypto::hmac_sha256(password, salt);
  if (!hold) return done(digest);
  held_.emplace_back(std::move(done), digest);
}

void QuickHasher::release() {
  hold = false;
  for (auto& [done, digest] : std::exchange(held_, {})) done(digest);
}

crypto::SecretBytes secret(std::string_view text) {
  crypto::SecretBytes bytes(text.size());
  std::copy(text.begin(), text.end(), bytes.reveal().begin());
  return bytes;
}

std::string_view text(const crypto::SecretBytes& secret) {
  return as_text(secret.reveal());
}

AccountKeys make_account_keys() {
  const auto key = [](char fill) { return secret(std::string(32, fill)); };
  return {key('k'), key('s'), key('c'), key('l'), key('b'), key('t'), key('p')};
}

AccountsFixture::AccountsFixture() {
  reopen();
}

void AccountsFixture::reopen() {
  accounts_.reset();
  accounts_ =
      Accounts::open(database, content.keys(), make_account_keys(), hasher, clock, random).value();
}

Result<NewSession> AccountsFixture::set_up(const std::string& token, const std::string& email,
                                           const std::string& organisation,
                                           std::string_view password) {
  std::vector<Result<NewSession>> results;
  accounts().sign_in().set_up(token, email, secret(password), organisation, "192.0.2.1",
                              [&](auto result) { results.push_back(std::move(result)); });
  EXPECT_EQ(results.size(), 1U);
  return std::move(results.front());
}

Result<NewSession> AccountsFixture::sign_in(std::string_view email, std::string_view password,
                                            std::string_view address) {
  std::vector<Result<NewSession>> results;
  accounts().sign_in().enter(email, secret(password), address,
                             [&](auto result) { results.push_back(std::move(result)); });
  EXPECT_EQ(results.size(), 1U);
  return std::move(results.front());
}

NewSession AccountsFixture::make_user(const std::string& email) {
  const auto link = accounts().setup_links().create(std::nullopt).value();
  return set_up(link.token, email, "Greenhouse").value();
}

NewApiKey AccountsFixture::make_key(const Session& session, Scopes scopes) {
  return accounts()
      .api_keys()
      .create(session.organisation, session.user, "test", scopes,
              clock.now() + std::chrono::hours(24))
      .value();
}

}  // namespace fastness::accounts::testing
