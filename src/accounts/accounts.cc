#include "accounts/accounts.h"

#include <utility>

namespace fastness::accounts {
namespace {

constexpr std::chrono::hours kYear{24 * 365};

}  // namespace

Result<std::unique_ptr<Accounts>> Accounts::open(storage::Database& database,
                                                 keys::ContentKeys& content, AccountKeys keys,
                                                 PasswordHasher& hasher, const Clock& clock,
                                                 Random& random) {
  FASTNESS_ASSIGN_OR_RETURN(AccountsStore store, AccountsStore::open(database));
  FASTNESS_ASSIGN_OR_RETURN(const PasskeyStore passkeys, PasskeyStore::open(database));
  FASTNESS_ASSIGN_OR_RETURN(const NewsBook news, NewsBook::open(database, content, clock));
  std::unique_ptr<Accounts> accounts(
      new Accounts(store, passkeys, news, content, std::move(keys), hasher, clock, random));
  FASTNESS_RETURN_IF_ERROR(accounts->sessions_.load());
  FASTNESS_RETURN_IF_ERROR(accounts->api_keys_.load());
  return accounts;
}

Accounts::Accounts(AccountsStore store, PasskeyStore passkeys, const NewsBook& news,
                   keys::ContentKeys& content, AccountKeys keys, PasswordHasher& hasher,
                   const Clock& clock, Random& random)
    : clock_(clock),
      keys_(std::move(keys)),
      store_(store),
      passkey_store_(passkeys),
      news_(news),
      users_(store_, content, keys_, clock, random),
      sessions_(store_, content, keys_, clock, random),
      links_(store_, keys_, clock, random),
      factors_(store_, news_, content, keys_, clock, random),
      sign_in_(store_, news_, users_, sessions_, links_, factors_, hasher, keys_, clock, random),
      passkeys_(passkey_store_, users_, sessions_, sign_in_, news_, keys_, clock, random),
      api_keys_(store_, news_, keys_, clock, random),
      tokens_(keys_) {}

Result<void> Accounts::reset_factors(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(factors_.reset(user));
  FASTNESS_RETURN_IF_ERROR(passkeys_.reset(user));
  return transaction.commit();
}

Result<TokenBearer> Accounts::verify(std::string_view raw_token, std::string_view address) {
  auto bearer = tokens_.verify(raw_token, *api_keys_.published().load(), clock_.now());
  if (bearer && !api_keys_.may_be_used_from(bearer->client_id, address)) {
    return fail(Errc::unauthenticated, "the API key is limited to other networks");
  }
  return bearer;
}

Result<Accounts::Initialised> Accounts::initialise(std::string_view raw_email,
                                                   std::string organisation, WithKey with_key) {
  FASTNESS_ASSIGN_OR_RETURN(const User user, users_.create(raw_email, std::move(organisation)));
  FASTNESS_RETURN_IF_ERROR(links_.end(std::nullopt));
  FASTNESS_ASSIGN_OR_RETURN(NewSetupLink link, links_.create(user.id));
  Initialised made{user, std::move(link), std::nullopt};
  if (with_key == WithKey::yes) {
    FASTNESS_ASSIGN_OR_RETURN(
        NewApiKey key, api_keys_.create(user.organisation, user.id, "host init", Scopes::all(),
                                        clock_.now() + kYear));
    made.key = std::move(key);
  }
  return made;
}

}  // namespace fastness::accounts
