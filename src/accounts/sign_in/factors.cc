#include "accounts/sign_in/factors.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "accounts/accounts_store.h"
#include "accounts/news/news_book.h"
#include "accounts/sign_in/code_text.h"
#include "crypto/password/one_time_code.h"
#include "keys/content_keys.h"

namespace fastness::accounts {
namespace {

bool is_base32(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
}

keys::Address factor_address(const User& user) {
  return {user.organisation, keys::FieldId::user_factor, user.id, user.id};
}

// The step around `now` whose code this is. Looks at all, so that time does not tell which.
std::optional<std::uint64_t> matching_step(const crypto::SecretBytes& secret, std::string_view code,
                                           Timestamp now) {
  const std::uint64_t step = crypto::one_time_step(now);
  std::optional<std::uint64_t> found;
  for (std::uint64_t at = step - std::min(step, Factors::kWindow); at <= step + Factors::kWindow;
       ++at) {
    if (crypto::constant_time_equal(as_bytes(crypto::one_time_code(secret, at)), as_bytes(code))) {
      found = at;
    }
  }
  return found;
}

Unexpected<Error> refuse_code() {
  return fail(Errc::unauthenticated, "wrong code");
}

}  // namespace

Factors::Factors(AccountsStore& store, NewsBook& news, keys::ContentKeys& content,
                 const AccountKeys& keys, const Clock& clock, Random& random)
    : store_(store),
      news_(news),
      content_(content),
      clock_(clock),
      random_(random),
      recovery_key_(crypto::hkdf_sha256(keys.setup_link, {}, "fastness recovery codes", 32)) {}

Result<FactorState> Factors::state(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto factor, store_.factor(user));
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t codes, store_.recovery_codes(user));
  FASTNESS_ASSIGN_OR_RETURN(const auto reset_at, store_.factor_reset(user));
  FactorState state{.since = {}, .recovery_codes = codes, .reset_at = reset_at};
  if (factor) state.since = factor->since;
  return state;
}

Result<bool> Factors::has(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto factor, store_.factor(user));
  return factor.has_value();
}

Factors::Offer Factors::offer(UserId user) {
  const SteadyTime now = clock_.steady();
  std::erase_if(offers_, [&](const auto& each) { return each.second.until <= now; });
  crypto::SecretBytes secret(crypto::kOneTimeSecretSize);
  random_.fill(secret.reveal());
  Offer made{crypto::to_base32(secret.reveal()), clock_.now() + kOfferLife};
  offers_.insert_or_assign(user, Offered{std::move(secret), now + kOfferLife});
  return made;
}

Result<std::vector<std::string>> Factors::confirm(const User& user, std::string_view raw_code) {
  const auto offered = offers_.find(user.id);
  if (offered == offers_.end() || offered->second.until <= clock_.steady()) {
    return fail(Errc::not_found, "no open offer of a factor");
  }
  const crypto::SecretBytes& secret = offered->second.secret;
  const auto step = matching_step(secret, plain_code(raw_code), clock_.now());
  if (!step) return refuse_code();
  FASTNESS_ASSIGN_OR_RETURN(Bytes sealed, content_.seal(factor_address(user), secret.reveal()));

  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(
      store_.set_factor(user.id, StoredFactor{std::move(sealed), clock_.now()}, *step));
  FASTNESS_RETURN_IF_ERROR(store_.set_factor_reset(user.id, std::nullopt));
  FASTNESS_ASSIGN_OR_RETURN(auto codes, replace_recovery_codes(user.id));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::factor_set, user.id}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  offers_.erase(user.id);
  tell(user.id);
  return codes;
}

Result<std::vector<std::string>> Factors::renew_recovery_codes(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const bool has_one, has(user));
  if (!has_one) return fail(Errc::not_found, "no second factor");
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(auto codes, replace_recovery_codes(user));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::recovery_codes_made, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  tell(user);
  return codes;
}

Result<std::vector<std::string>> Factors::replace_recovery_codes(UserId user) {
  FASTNESS_RETURN_IF_ERROR(store_.remove_recovery_codes(user));
  std::vector<std::string> codes;
  for (std::size_t i = 0; i < kRecoveryCodes; ++i) {
    std::array<std::uint8_t, kRecoveryBytes> bytes{};
    random_.fill(bytes);
    codes.push_back(to_code_text(bytes));
    crypto::secure_zero(bytes);
    FASTNESS_RETURN_IF_ERROR(
        store_.insert_recovery_code(user, recovery_digest(user, plain_code(codes.back()))));
  }
  return codes;
}

Result<void> Factors::remove(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(take_away(user, NewsKind::factor_removed));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  tell(user);
  return {};
}

Result<void> Factors::reset(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(take_away(user, NewsKind::factor_reset));
  FASTNESS_RETURN_IF_ERROR(store_.set_factor_reset(user, clock_.now()));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  tell(user);
  return {};
}

Result<void> Factors::take_away(UserId user, NewsKind news) {
  offers_.erase(user);
  FASTNESS_ASSIGN_OR_RETURN(const bool has_one, has(user));
  if (has_one) FASTNESS_RETURN_IF_ERROR(news_.note({news, user}));
  FASTNESS_RETURN_IF_ERROR(store_.remove_recovery_codes(user));
  return store_.remove_factor(user);
}

Result<void> Factors::rehome(const User& before, const User& after) {
  FASTNESS_ASSIGN_OR_RETURN(const auto factor, store_.factor(before.id));
  if (!factor) return {};
  FASTNESS_ASSIGN_OR_RETURN(Bytes opened,
                            content_.open(factor_address(before), factor->sealed_secret));
  const auto secret = crypto::SecretBytes::take(opened);
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed,
                            content_.seal(factor_address(after), secret.reveal()));
  return store_.reseal_factor(after.id, sealed);
}

bool Factors::is_recovery_code(std::string_view raw_code) {
  const std::string code = plain_code(raw_code);
  return code.size() == kRecoveryBytes * 8 / 5 && std::all_of(code.begin(), code.end(), is_base32);
}

Result<Factors::Kind> Factors::use(const User& user, std::string_view raw_code) {
  const std::string code = plain_code(raw_code);
  if (is_recovery_code(code)) return use_recovery_code(user.id, code);
  FASTNESS_ASSIGN_OR_RETURN(const auto factor, store_.factor(user.id));
  if (!factor) return refuse_code();
  FASTNESS_ASSIGN_OR_RETURN(Bytes opened,
                            content_.open(factor_address(user), factor->sealed_secret));
  const auto secret = crypto::SecretBytes::take(opened);
  const auto step = matching_step(secret, code, clock_.now());
  if (!step) return refuse_code();
  FASTNESS_ASSIGN_OR_RETURN(const bool is_first, store_.use_step(user.id, *step));
  return is_first ? Result<Kind>(Kind::app) : Result<Kind>(refuse_code());
}

Result<Factors::Kind> Factors::use_recovery_code(UserId user, const std::string& code) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const bool was_there,
                            store_.use_recovery_code(user, recovery_digest(user, code)));
  if (!was_there) return refuse_code();
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::recovery_code_used, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return Kind::recovery;
}

crypto::Digest Factors::recovery_digest(UserId user, std::string_view code) const {
  Bytes named = to_bytes(user.value().bytes());
  const ByteView text = as_bytes(code);
  named.insert(named.end(), text.begin(), text.end());
  return crypto::hmac_sha256(recovery_key_, named);
}

void Factors::tell(UserId user) {
  for (const OnChanged& each : listeners_) each(user);
}

}  // namespace fastness::accounts
