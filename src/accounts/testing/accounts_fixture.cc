#include "accounts/testing/accounts_fixture.h"

#include <algorithm>
#include <vector>

namespace fastness::accounts::testing {

namespace {

// The session, where no code is asked for.
Result<NewSession> only_session(Result<Entered> entered) {
  if (!entered) return propagate(std::move(entered));
  Entered value = std::move(entered).value();
  if (auto* made = std::get_if<NewSession>(&value)) return std::move(*made);
  return fail(Errc::permission_denied, "a code is asked for");
}

}  // namespace

void QuickHasher::hash(crypto::SecretBytes password, Bytes salt, crypto::PasswordCost cost,
                       Done done) {
  ++count;
  ByteWriter out(salt);
  out.u32(cost.passes);
  out.u32(cost.memory_kib);
  const crypto::Digest digest = crypto::hmac_sha256(password, salt);
  if (!hold) return done(digest);
  held_.emplace_back(std::move(done), digest);
}

void QuickHasher::hash_chosen(crypto::SecretBytes password, Bytes salt, Done done) {
  if (auto fit = check_not_breached(as_text(password.reveal()), is_breached); !fit) {
    return done(propagate(std::move(fit)));
  }
  hash(std::move(password), std::move(salt), crypto::kPasswordCost, std::move(done));
}

void QuickHasher::release() {
  hold = false;
  for (auto& [done, digest] : std::exchange(held_, {})) done(digest);
}

void QuickHasher::release_one() {
  const auto [done, digest] = std::move(held_.front());
  held_.pop_front();
  done(digest);
}

crypto::SecretBytes secret(std::string_view text) {
  crypto::SecretBytes bytes(text.size());
  std::copy(text.begin(), text.end(), bytes.reveal().begin());
  return bytes;
}

crypto::SecretBytes app_secret(std::string_view base32) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string bits;
  for (const char c : base32) {
    const auto value = kAlphabet.find(c);
    for (int bit = 4; bit >= 0; --bit) {
      bits += ((value >> static_cast<unsigned>(bit)) & 1U) != 0 ? '1' : '0';
    }
  }
  std::string bytes;
  for (std::size_t at = 0; at + 8 <= bits.size(); at += 8) {
    bytes += static_cast<char>(std::stoi(bits.substr(at, 8), nullptr, 2));
  }
  return secret(bytes);
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
  std::vector<Result<Entered>> results;
  accounts().sign_in().set_up(token, email, secret(password), organisation, {"192.0.2.1"},
                              [&](auto result) { results.push_back(std::move(result)); });
  EXPECT_EQ(results.size(), 1U);
  return only_session(std::move(results.front()));
}

Result<NewSession> AccountsFixture::sign_in(std::string_view email, std::string_view password,
                                            std::string_view address) {
  return only_session(enter(email, password, address));
}

Result<Entered> AccountsFixture::enter(std::string_view email, std::string_view password,
                                       std::string_view address) {
  std::vector<Result<Entered>> results;
  accounts().sign_in().enter(email, secret(password), {std::string(address)},
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
