#include "accounts/users.h"

#include <algorithm>
#include <array>
#include <utility>

#include "accounts/accounts_store.h"
#include "accounts/people/members.h"
#include "base/fixed_limits.h"
#include "crypto/password/guess_bits.h"
#include "keys/blind_index.h"
#include "keys/content_keys.h"

namespace fastness::accounts {
namespace {

constexpr std::size_t kMaxEmail =
    fixed_limit("accounts.email_bytes");  // RFC 5321, 4.5.3.1.3, less the angle brackets
constexpr std::size_t kMaxName = fixed_limit("accounts.organisation_bytes");
constexpr double kMinPasswordBits = 33;  // ten thousand million guesses, each an Argon2id

// The address is the person's own: erasing the person erases it.
keys::Address email_address(const User& user) {
  return {user.organisation, keys::FieldId::user_email, user.id, user.id};
}

Result<void> check_name(const std::string& organisation) {
  if (organisation.empty() || organisation.size() > kMaxName) {
    return fail(Errc::invalid_argument, "organisation must have 1 to 64 bytes");
  }
  return {};
}

}  // namespace

Result<void> check_password(std::string_view password, std::string_view email,
                            std::string_view organisation) {
  if (password.size() < kMinPassword || password.size() > kMaxPassword) {
    return fail(Errc::invalid_argument, "must have 12 to 1024 characters");
  }
  const auto at = std::min(email.find('@'), email.size());
  const std::array<std::string_view, 4> about_them{email, email.substr(0, at), organisation,
                                                   "fastness"};
  if (crypto::guess_bits(password, about_them) < kMinPasswordBits) {
    return fail(Errc::invalid_argument,
                "is easy to guess: add a few words that do not belong together");
  }
  return {};
}

Result<std::string> normalise_email(std::string_view raw_email) {
  const auto begin = raw_email.find_first_not_of(' ');
  if (begin == std::string_view::npos) return fail(Errc::invalid_argument, "empty e-mail address");
  std::string email(raw_email.substr(begin, raw_email.find_last_not_of(' ') - begin + 1));
  if (email.size() > kMaxEmail) {
    return fail(Errc::invalid_argument, "an e-mail address has at most 254 bytes");
  }
  const auto at = email.find('@');
  const bool has_odd_bytes = std::any_of(email.begin(), email.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
  });
  if (has_odd_bytes || at == 0 || at == std::string::npos || at + 1 == email.size() ||
      email.find('@', at + 1) != std::string::npos) {
    return fail(Errc::invalid_argument, "not an e-mail address");
  }
  for (char& c : email) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return email;
}

Users::Users(AccountsStore& store, Members& members, keys::ContentKeys& content,
             const AccountKeys& keys, const Clock& clock, Random& random)
    : store_(store),
      members_(members),
      content_(content),
      keys_(keys),
      clock_(clock),
      random_(random) {}

crypto::Digest Users::email_index(std::string_view email) const {
  return keys::blind_index(keys_.blind_index, keys::FieldId::user_email, email);
}

Result<User> Users::create(std::string_view raw_email, std::string organisation) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string email, normalise_email(raw_email));
  FASTNESS_RETURN_IF_ERROR(check_name(organisation));
  const Timestamp now = clock_.now();
  const User user{UserId(random_uuid(random_)), OrganisationId(random_uuid(random_)), now};
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed,
                            content_.seal(email_address(user), as_bytes(email)));

  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(
      store_.insert(Organisation{user.organisation, std::move(organisation), now}));
  FASTNESS_RETURN_IF_ERROR(store_.insert(user, sealed, email_index(email)));
  FASTNESS_RETURN_IF_ERROR(members_.add({user.organisation, user.id, Role::owner, now}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return user;
}

Result<User> Users::rehome(const User& user, std::string organisation) {
  FASTNESS_RETURN_IF_ERROR(check_name(organisation));
  FASTNESS_ASSIGN_OR_RETURN(const std::string email, this->email(user.id));
  const Timestamp now = clock_.now();
  User moved = user;
  moved.organisation = OrganisationId(random_uuid(random_));
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed,
                            content_.seal(email_address(moved), as_bytes(email)));
  FASTNESS_RETURN_IF_ERROR(
      store_.insert(Organisation{moved.organisation, std::move(organisation), now}));
  FASTNESS_RETURN_IF_ERROR(store_.set_home(moved.id, moved.organisation, sealed));
  FASTNESS_RETURN_IF_ERROR(members_.add({moved.organisation, moved.id, Role::owner, now}));
  return moved;
}

Result<void> Users::rename(const User& user, std::string_view raw_email,
                           const std::string& organisation) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string email, normalise_email(raw_email));
  FASTNESS_RETURN_IF_ERROR(check_name(organisation));
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed,
                            content_.seal(email_address(user), as_bytes(email)));

  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.set_email(user.id, sealed, email_index(email)));
  FASTNESS_RETURN_IF_ERROR(store_.set_name(user.organisation, organisation));
  return transaction.commit();
}

Result<std::optional<User>> Users::only_newcomer() {
  FASTNESS_ASSIGN_OR_RETURN(const auto newcomers, store_.users_without_password(2));
  if (newcomers.size() != 1) return std::optional<User>();
  FASTNESS_ASSIGN_OR_RETURN(const User user, find(newcomers.front()));
  return std::optional(user);
}

Result<std::vector<SeenUser>> Users::all() {
  return store_.users();
}

Result<std::vector<User>> Users::registered() {
  return store_.users_with_password();
}

Result<bool> Users::has_any() {
  return store_.has_users();
}

Result<StoredUser> Users::stored(UserId id) {
  FASTNESS_ASSIGN_OR_RETURN(auto user, store_.user(id));
  if (!user) return fail(Errc::not_found, "no such user");
  return std::move(*user);
}

Result<StoredUser> Users::stored_by_email(std::string_view raw_email) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string email, normalise_email(raw_email));
  FASTNESS_ASSIGN_OR_RETURN(auto user, store_.user(email_index(email)));
  if (!user) return fail(Errc::not_found, "no user with this address");
  return std::move(*user);
}

Result<User> Users::find(UserId id) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredUser user, stored(id));
  return user.user;
}

Result<User> Users::find_by_email(std::string_view raw_email) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredUser user, stored_by_email(raw_email));
  return user.user;
}

Result<Organisation> Users::organisation(OrganisationId id) {
  FASTNESS_ASSIGN_OR_RETURN(auto organisation, store_.organisation(id));
  if (!organisation) return fail(Errc::not_found, "no such organisation");
  return std::move(*organisation);
}

Result<std::vector<Organisation>> Users::organisations() {
  return store_.organisations();
}

Result<void> Users::rename_organisation(OrganisationId id, const std::string& name) {
  FASTNESS_RETURN_IF_ERROR(check_name(name));
  return store_.set_name(id, name);
}

Result<std::string> Users::email(UserId id) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredUser user, stored(id));
  FASTNESS_ASSIGN_OR_RETURN(const Bytes email,
                            content_.open(email_address(user.user), user.sealed_email));
  return std::string(as_text(email));
}

Result<wording::Language> Users::language(UserId id) {
  FASTNESS_ASSIGN_OR_RETURN(const auto chosen, store_.language(id));
  if (!chosen) return default_language_;
  return wording::parse_language(*chosen).value_or(default_language_);
}

Result<void> Users::choose_language(UserId id, wording::Language language) {
  return store_.set_language(id, to_text(language));
}

Result<void> Users::set_password(UserId id, const Bytes& salt, const crypto::Digest& password,
                                 crypto::PasswordCost cost) {
  return store_.set_password(id, salt, password, cost);
}

}  // namespace fastness::accounts
