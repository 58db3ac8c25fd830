#include "accounts/sign_in/setup_links.h"

#include "accounts/accounts_store.h"
#include "crypto/secret/key_text.h"

namespace fastness::accounts {

SetupLinks::SetupLinks(AccountsStore& store, const AccountKeys& keys, const Clock& clock,
                       Random& random)
    : store_(store), keys_(keys), clock_(clock), random_(random) {}

Result<NewSetupLink> SetupLinks::create(std::optional<UserId> user) {
  NewSetupLink made{crypto::make_token(random_), clock_.now() + kLifetime};

  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.remove_links_of(user));
  FASTNESS_RETURN_IF_ERROR(store_.insert(StoredLink{
      crypto::hmac_sha256(keys_.setup_link, as_bytes(made.token)), user, made.expires_at}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return made;
}

Result<bool> SetupLinks::is_open() {
  return store_.awaits_set_up(clock_.now());
}

Result<SetupLink> SetupLinks::find(std::string_view raw_token) {
  const crypto::Digest given = crypto::hmac_sha256(keys_.setup_link, as_bytes(raw_token));
  FASTNESS_ASSIGN_OR_RETURN(const auto links, store_.links());
  for (const StoredLink& link : links) {
    if (crypto::constant_time_equal(given, link.digest) && clock_.now() < link.expires_at) {
      return SetupLink{link.user};
    }
  }
  return fail(Errc::unauthenticated, "no open set-up link has this token");
}

Result<void> SetupLinks::end(const std::optional<UserId>& user) {
  return store_.remove_links_of(user);
}

}  // namespace fastness::accounts
