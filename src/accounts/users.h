#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "accounts/account_keys.h"
#include "base/fixed_limits.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/password/password_hash.h"
#include "wording/language.h"

namespace fastness::keys {
class ContentKeys;
}

namespace fastness::accounts {

class AccountsStore;
class Members;
struct StoredUser;

inline constexpr std::size_t kMinPassword =
    fixed_limit("accounts.password_least_bytes");  // characters are bytes here: long beats clever
inline constexpr std::size_t kMaxPassword = fixed_limit("accounts.password_bytes");

// Long, and hard to guess for somebody who knows the person's address and organisation: there are
// no other rules. `invalid_argument` says what to do, never the password.
[[nodiscard]] Result<void> check_password(std::string_view password, std::string_view email,
                                          std::string_view organisation);

// One spelling for each address: without surrounding spaces, in lower case. `invalid_argument`
// unless it is something@something, 3 to 254 bytes without control characters or spaces.
[[nodiscard]] Result<std::string> normalise_email(std::string_view raw_email);

// People and the organisations they own. Lives on the control thread.
class Users {
 public:
  // All must outlive this.
  Users(AccountsStore& store, Members& members, keys::ContentKeys& content, const AccountKeys& keys,
        const Clock& clock, Random& random);

  // A user without a password, and the organisation that they own. `already_exists` if the address
  // has an account; `invalid_argument` if address or name (1 to 64 bytes) is unfit.
  [[nodiscard]] Result<User> create(std::string_view raw_email, std::string organisation);

  // Gives a user another address and their organisation another name. Errors as `create`; a user
  // may keep the address they have.
  Result<void> rename(const User& user, std::string_view raw_email,
                      const std::string& organisation);

  // Gives somebody who handed over their own organisation another, empty one, under which what is
  // theirs alone is sealed. Within the transaction that is open.
  [[nodiscard]] Result<User> rehome(const User& user, std::string organisation);

  [[nodiscard]] Result<bool> has_any();
  // Everybody, who came first, first.
  [[nodiscard]] Result<std::vector<SeenUser>> all();
  // Everybody who has chosen a password, in an order that stays.
  [[nodiscard]] Result<std::vector<User>> registered();
  // The only user who has not chosen a password yet; nothing if there is none or several.
  [[nodiscard]] Result<std::optional<User>> only_newcomer();
  // `not_found`.
  [[nodiscard]] Result<User> find(UserId id);
  [[nodiscard]] Result<User> find_by_email(std::string_view raw_email);
  [[nodiscard]] Result<Organisation> organisation(OrganisationId id);
  [[nodiscard]] Result<std::vector<Organisation>> organisations();
  // `invalid_argument` unless the name has 1 to 64 bytes.
  Result<void> rename_organisation(OrganisationId id, const std::string& name);

  // Opens the sealed address. May ask the vault for a key, so `unavailable` is possible.
  [[nodiscard]] Result<std::string> email(UserId id);

  // What a person is written to in: what they chose, or else what whoever runs this server did.
  // `not_found`.
  [[nodiscard]] Result<wording::Language> language(UserId id);
  Result<void> choose_language(UserId id, wording::Language language);
  // For those who have not chosen; English until this is called.
  void set_default_language(wording::Language language) { default_language_ = language; }

  // By what an address is found without being read; of a normalised one.
  [[nodiscard]] crypto::Digest email_index(std::string_view email) const;

  // For those who check and set passwords. `not_found`.
  [[nodiscard]] Result<StoredUser> stored(UserId id);
  [[nodiscard]] Result<StoredUser> stored_by_email(std::string_view raw_email);
  Result<void> set_password(UserId id, const Bytes& salt, const crypto::Digest& password,
                            crypto::PasswordCost cost = crypto::kPasswordCost);

 private:
  AccountsStore& store_;
  Members& members_;
  keys::ContentKeys& content_;
  const AccountKeys& keys_;
  const Clock& clock_;
  Random& random_;
  wording::Language default_language_ = wording::Language::english;
};

}  // namespace fastness::accounts
