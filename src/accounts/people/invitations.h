#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "accounts/account_keys.h"
#include "accounts/people/people.h"
#include "accounts/people/people_store.h"
#include "accounts/sign_in/password_pool.h"
#include "accounts/sign_in/sessions.h"
#include "accounts/sign_in/throttle.h"
#include "base/fixed_limits.h"
#include "base/random.h"

namespace fastness::accounts {

class Members;
class NewsBook;
class Users;

// Letting people into an organisation. Each invitation is for one e-mail address and good once: by
// its link somebody who has an account with that address comes in, or somebody new makes one.
// Nobody comes in with another address, and nobody by an address alone. Lives on the control
// thread.
class Invitations {
 public:
  static constexpr std::chrono::hours kLife{24 * fixed_limit("people.invitation_days")};
  static constexpr std::size_t kMaxWaiting = fixed_limit("people.invitations");
  // So many at once, then one each: each may be a mail to somebody who did not ask for it.
  static constexpr double kAtOnce = fixed_limit("people.invitations_at_once");
  static constexpr std::chrono::minutes kRefill{6};
  // What people's own organisation is called who came by an invitation.
  static constexpr const char* kOwnName = "Personal";

  struct Parts {
    Members& members;
    Users& users;
    Sessions& sessions;
    NewsBook& news;
    keys::ContentKeys& content;
    PasswordHasher& hasher;
    const AccountKeys& keys;
    const Clock& clock;
    Random& random;
  };

  // All must outlive this.
  Invitations(PeopleStore store, const Parts& parts);

  // Ends an earlier one for the same address. `invalid_argument` for what is no address;
  // `permission_denied` unless the role `as` gives `role`; `already_exists` if that address is in
  // the organisation; `exhausted` if it is full, kMaxWaiting wait, or too many were made lately.
  // `things` come with it: at most kMaxThingRights, else `invalid_argument`.
  [[nodiscard]] Result<NewInvitation> create(OrganisationId organisation, UserId by, Role as,
                                             std::string_view raw_email, Role role,
                                             ThingRights things = {});

  struct Listed {
    Invitation invitation;
    std::string email;  // empty if it cannot be opened now
  };
  // Those that are good, the oldest first.
  [[nodiscard]] Result<std::vector<Listed>> list(OrganisationId organisation);
  // `not_found` also for another organisation's.
  Result<void> withdraw(OrganisationId organisation, InvitationId id);
  // Lets go of those whose time is over. Every hour or so.
  Result<void> forget_expired();

  // What the page of a link is to say. `unauthenticated` if there is no such invitation, it was
  // used or withdrawn, or its time is over.
  struct Offer {
    Invitation invitation;
    std::string email;
    std::string organisation;
    bool has_account = false;  // whoever has that address signs in, and then accepts
  };
  [[nodiscard]] Result<Offer> look_up(std::string_view raw_token);

  // A person who has signed in comes in. Errors as look_up; `permission_denied` if the invitation
  // is for another address; `already_exists` if they are in it.
  [[nodiscard]] Result<Membership> accept(std::string_view raw_token, UserId user);

  // Somebody new makes an account with the invitation's address, comes in, and is signed in.
  // Errors as look_up; `already_exists` if that address has an account; `invalid_argument` for an
  // unfit password; `exhausted` while too many passwords wait; `unavailable` if nobody knows
  // whether it is known from a breach. On an error the invitation stays. `done` may be called at
  // once.
  using Done = std::function<void(Result<NewSession>)>;
  void join(std::string raw_token, crypto::SecretBytes password, const Visitor& visitor, Done done);

 private:
  [[nodiscard]] crypto::Digest digest(std::string_view raw_token) const;
  [[nodiscard]] Result<StoredInvitation> find(std::string_view raw_token);
  [[nodiscard]] Result<std::string> email_of(const StoredInvitation& stored);
  [[nodiscard]] Result<void> check_room(OrganisationId organisation);
  [[nodiscard]] Result<Membership> come_in(const Invitation& invitation, UserId user);
  [[nodiscard]] Result<NewSession> let_in(const std::string& raw_token, const Bytes& salt,
                                          const crypto::Digest& password, const Visitor& visitor);
  [[nodiscard]] Result<NewSession> sign_in_there(const Membership& in, const Visitor& visitor);
  [[nodiscard]] Result<Membership> make_account(const std::string& raw_token, const Bytes& salt,
                                                const crypto::Digest& password);

  PeopleStore store_;
  Parts parts_;
  crypto::SecretBytes token_key_;
  Throttle made_lately_{kAtOnce, kRefill};
};

}  // namespace fastness::accounts
