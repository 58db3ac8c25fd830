#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/sign_in/password_pool.h"
#include "accounts/sign_in/sessions.h"
#include "accounts/sign_in/throttle.h"
#include "accounts/users.h"
#include "base/fixed_limits.h"

namespace fastness::accounts {

class AccountsStore;
class SetupLinks;
struct SetupLink;

// The door for people: e-mail and password for a session, a set-up link for a password. Attempts
// are slowed by network and by account, and those of a network from which the user came in before
// are counted apart, so that strangers cannot shut the right user out. Lives on the control thread.
class SignIn {
 public:
  using Done = std::function<void(Result<NewSession>)>;

  // All must outlive this, and this must outlive what it gave to the hasher.
  SignIn(AccountsStore& store, Users& users, Sessions& sessions, SetupLinks& links,
         PasswordHasher& hasher, const AccountKeys& keys, const Clock& clock, Random& random);

  // `unauthenticated` for a wrong password as for an unknown address, in like time; `exhausted`
  // after too many attempts or while too many passwords wait. `done` may be called at once.
  void enter(std::string_view raw_email, crypto::SecretBytes password, std::string_view address,
             Done done);

  // What a set-up link's page is to ask for.
  struct Invitation {
    bool has_password = false;  // the account is in use: only a new password is to be chosen
    std::string email;          // empty: there is no user yet
    std::string organisation;
  };
  // `unauthenticated` as SetupLinks::find; `exhausted` after too many attempts.
  [[nodiscard]] Result<Invitation> look_up(std::string_view raw_token, std::string_view address);

  // Uses a set-up link. Without a user it makes the first one and their organisation; a user who
  // has no password yet gets this one, this address and this name for their organisation; any other
  // gets the password, and the address must be theirs. Ends their other sessions and signs them in.
  // `invalid_argument` for an unfit password, address or organisation, `already_exists` for an
  // address that somebody else has; then the link stays.
  void set_up(std::string raw_token, std::string raw_email, crypto::SecretBytes password,
              std::string organisation, std::string_view address, Done done);

 private:
  struct Attempt;
  [[nodiscard]] bool admit(const Attempt& attempt);
  void welcome(const Attempt& attempt);
  [[nodiscard]] Result<User> invited(const SetupLink& link, const std::string& email,
                                     const std::string& organisation);
  [[nodiscard]] Result<NewSession> finish_set_up(const std::string& token, const std::string& email,
                                                 const std::string& organisation, const Bytes& salt,
                                                 const crypto::Digest& password);
  [[nodiscard]] crypto::Digest place(UserId user, std::string_view network) const;
  [[nodiscard]] Bytes random_salt();

  AccountsStore& store_;
  Users& users_;
  Sessions& sessions_;
  SetupLinks& links_;
  PasswordHasher& hasher_;
  const AccountKeys& keys_;
  const Clock& clock_;
  Random& random_;
  Throttle by_network_{fixed_limit("accounts.attempts_of_network"), std::chrono::seconds(5)};
  Throttle by_account_{fixed_limit("accounts.attempts_of_account"), std::chrono::seconds(30)};
};

}  // namespace fastness::accounts
