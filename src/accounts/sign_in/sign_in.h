#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "accounts/news/guess_watch.h"
#include "accounts/news/known_places.h"
#include "accounts/sign_in/factors.h"
#include "accounts/sign_in/password_pool.h"
#include "accounts/sign_in/pending_sign_ins.h"
#include "accounts/sign_in/sessions.h"
#include "accounts/sign_in/throttle.h"
#include "accounts/users.h"
#include "base/fixed_limits.h"

namespace fastness::accounts {

class AccountsStore;
class NewsBook;
class SetupLinks;
class Suspensions;
class Travels;
struct SetupLink;
struct StoredUser;

// What a right password opens: a session, or the question for a code.
using Entered = std::variant<NewSession, FactorNeeded>;

// The door for people: e-mail, password and second factor for a session, a set-up link for a
// password. Attempts are slowed by network and by account, and those of a network from which the
// user came in before are counted apart, so that strangers cannot shut the right user out. Codes
// are slowed more, as there are only a million of them; recovery codes are not, so that there is
// always a way in. What is unusual its person hears of, and whoever caused it does not. Lives on
// the control thread.
class SignIn {
 public:
  using Done = std::function<void(Result<Entered>)>;
  using Proved = std::function<void(Result<void>)>;

  // Guesses at codes: so many at once, then one each.
  static constexpr double kCodes = 10;
  static constexpr std::chrono::minutes kCodeRefill{5};

  // All must outlive this, and this must outlive what it gave to the hasher.
  SignIn(AccountsStore& store, const Suspensions& suspensions, NewsBook& news, Travels& travels,
         Users& users, Sessions& sessions, SetupLinks& links, Factors& factors,
         PasswordHasher& hasher, const AccountKeys& keys, const Clock& clock, Random& random);
  SignIn(const SignIn&) = delete;
  SignIn& operator=(const SignIn&) = delete;
  ~SignIn() = default;

  // Who hears of what is unusual: of wrong passwords and codes once a day for each account. After a
  // wrong password that is when whoever gave it has their answer.
  using OnAlarm = std::function<void(const DoorAlarm&)>;
  void on_alarm(OnAlarm callback) { listeners_.push_back(std::move(callback)); }

  // `unauthenticated` for a wrong password as for an unknown address, in like time; `exhausted`
  // after too many attempts or while too many passwords wait; `unavailable` if the password was
  // changed meanwhile; `permission_denied` if the account is suspended, which is said to whoever
  // has the right password alone, here and by every other way in. `done` may be called at once. A
  // password that is stored at a lower cost than today's is stored anew.
  void enter(std::string_view raw_email, crypto::SecretBytes password, const Visitor& visitor,
             Done done);

  // The second step. `not_found` if the token is not one that waits: the password is asked again;
  // `unauthenticated` for a wrong or used code; `exhausted` after too many.
  struct Followed {
    std::optional<OrganisationId> organisation;  // whose token it was, if it was one
    Result<NewSession> session;
  };
  [[nodiscard]] Followed give_code(std::string_view raw_token, std::string_view raw_code,
                                   const Visitor& visitor);

  // For whoever showed all that is asked for in another way: a passkey, which is two factors.
  [[nodiscard]] Result<NewSession> enter_proven(
      const User& user, const Visitor& visitor,
      const std::optional<VouchedBy>& vouched_by = std::nullopt);

  // For whoever showed in another way what a password shows: a provider that they have linked
  // vouches for them. As after a right password, a code is asked for where there is a factor.
  [[nodiscard]] Result<Entered> enter_vouched(const User& user, const Visitor& visitor,
                                              const VouchedBy& vouched_by);

  // Whose session this token is, for whoever comes with it; counts as a use. `unauthenticated` as
  // Sessions::find, and if they come by another browser than the session began in: its cookie was
  // copied, so it ends for both, and its person is told.
  [[nodiscard]] Result<Sessions::Found> resume(std::string_view raw_token, const Visitor& visitor);

  // Ends what rests on what is over at a provider, but that session: also what waits for a code.
  // Returns the sessions that it ended.
  [[nodiscard]] Result<std::vector<Session>> end_vouched(
      const SignedOut& over, const std::optional<SessionId>& but = std::nullopt);
  // The same in two steps, as in Sessions.
  Result<void> remove_vouched(const SignedOut& over, const std::optional<SessionId>& but);
  void forget_vouched(const SignedOut& over, const std::optional<SessionId>& but);

  // Somebody in a session shows again who they are: the password, and a code where there is a
  // factor. `unauthenticated` without saying which was wrong; `exhausted` after too many attempts
  // in this session, which shuts nobody out of another.
  void prove(const SessionId& session, UserId user, crypto::SecretBytes password,
             std::string raw_code, Proved done);

  // A new password by whoever knows the old one. Ends the person's other sessions, their set-up
  // link and what waits for a code. `unauthenticated` for a wrong old one, `invalid_argument` for
  // an unfit new one, `exhausted` as `prove`, `unavailable` if nobody knows whether the new one is
  // known from a breach.
  void change_password(const SessionId& session, UserId user, crypto::SecretBytes current,
                       crypto::SecretBytes wanted, Proved done);

  // What waits for a code of that person's ends.
  void end_pending(UserId user) { pending_.end_all_of(user); }

  // Ends all sessions of that person but this one, or none.
  [[nodiscard]] Result<void> sign_out_elsewhere(const SessionId& session, UserId user,
                                                const Visitor& visitor);

  // What a set-up link's page is to ask for.
  struct Offer {
    bool has_password = false;  // the account is in use: only a new password is to be chosen
    std::string email;          // empty: there is no user yet
    std::string organisation;
  };
  // `unauthenticated` as SetupLinks::find; `exhausted` after too many attempts; `permission_denied`
  // if the account is suspended.
  [[nodiscard]] Result<Offer> look_up(std::string_view raw_token, std::string_view address);

  // Uses a set-up link. Without a user it makes the first one and their organisation; a user who
  // has no password yet gets this one, this address and this name for their organisation; any other
  // gets the password, and the address must be theirs. Ends their other sessions and signs them in,
  // or asks for the code if they have a factor: a link replaces none.
  // `invalid_argument` for an unfit password, address or organisation, `already_exists` for an
  // address that somebody else has, `permission_denied` if the account is suspended, `unavailable`
  // if nobody knows whether the password is known from a breach; then the link stays, and nothing
  // has changed. If only the session cannot be made, the link is used up, and they sign in with the
  // password that they chose.
  void set_up(std::string raw_token, std::string raw_email, crypto::SecretBytes password,
              std::string organisation, const Visitor& visitor, Done done);

 private:
  struct Attempt;
  using Known = std::function<void(Result<StoredUser>)>;
  [[nodiscard]] bool admit(const Attempt& attempt);
  [[nodiscard]] Result<void> admit(const SetupLink& link) const;
  [[nodiscard]] std::string bucket_of(UserId user, const std::string& network);
  void finish_enter(Attempt& attempt, const crypto::Digest& hash);
  [[nodiscard]] Result<Entered> let_in(PendingSignIns::Pending who, const Visitor& visitor);
  void welcome(const PendingSignIns::Pending& who, const Visitor& visitor);
  [[nodiscard]] Result<void> note_place(const User& user, const Visitor& visitor);
  void note_wrong(const User& user, GuessWatch::Guess guess, const Visitor& visitor);
  [[nodiscard]] Result<void> end_carried_off(const Sessions::Found& found, const Visitor& visitor);
  void raise(const DoorAlarm& alarm) const;
  void check_own(const SessionId& session, UserId user, crypto::SecretBytes password, Known known);
  [[nodiscard]] Result<void> is_unchanged(const StoredUser& before);
  void strengthen(const StoredUser& user, crypto::SecretBytes password);
  [[nodiscard]] Result<void> store_wanted(const StoredUser& before, const SessionId& session,
                                          const Bytes& salt, const crypto::Digest& password);
  [[nodiscard]] Result<User> invited(const SetupLink& link, const std::string& email,
                                     const std::string& organisation);
  [[nodiscard]] Result<User> use_link(const std::string& token, const std::string& email,
                                      const std::string& organisation, const Bytes& salt,
                                      const crypto::Digest& password);
  [[nodiscard]] Bytes random_salt();

  AccountsStore& store_;
  const Suspensions& suspensions_;
  NewsBook& news_;
  Travels& travels_;
  Users& users_;
  Sessions& sessions_;
  SetupLinks& links_;
  Factors& factors_;
  PasswordHasher& hasher_;
  const Clock& clock_;
  Random& random_;
  Throttle by_network_{fixed_limit("accounts.attempts_of_network"), std::chrono::seconds(5)};
  Throttle by_account_{fixed_limit("accounts.attempts_of_account"), std::chrono::seconds(30)};
  Throttle by_code_{kCodes, kCodeRefill};
  PendingSignIns pending_;
  KnownPlaces places_;
  GuessWatch guesses_;
  std::vector<OnAlarm> listeners_;
};

}  // namespace fastness::accounts
