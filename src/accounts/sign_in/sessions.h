#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "accounts/account.h"
#include "accounts/account_keys.h"
#include "accounts/people/role.h"
#include "accounts/staff/access_grant.h"
#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/random.h"
#include "crypto/digest.h"

namespace fastness::keys {
class ContentKeys;
}

namespace fastness::accounts {

class AccountsStore;
class Suspensions;

// Names a session without being able to act for it: safe to keep in memory and to compare.
using SessionId = crypto::Digest;

// A session just made. `token` is for the browser's cookie and nowhere else.
struct NewSession {
  SessionId id;
  Session session;
  std::string token;
  std::string csrf;
};

// Browsers that have signed in. The server keeps a keyed hash of the random token, so that neither
// a stolen database nor this process's memory holds one. Lives on the control thread.
class Sessions {
 public:
  static constexpr std::chrono::hours kIdle{fixed_limit("accounts.session_idle_hours")};
  static constexpr std::chrono::hours kLongest{fixed_limit("accounts.session_hours")};
  static constexpr std::chrono::minutes kUseGrain{5};
  // How long a proof of who somebody is lets them do what is dangerous.
  static constexpr std::chrono::minutes kProof{5};
  static constexpr std::size_t kMaxPerUser =
      fixed_limit("accounts.sessions");  // making one more ends the one unused longest

  // Called when a session has ended in any way but by expiry, or may do other things than before:
  // what lives by it must end.
  using OnEnded = std::function<void(const SessionId& id)>;

  // All must outlive this.
  Sessions(AccountsStore& store, const Suspensions& suspensions, keys::ContentKeys& content,
           const AccountKeys& keys, const Clock& clock, Random& random);

  [[nodiscard]] Result<void> load();
  void on_ended(OnEnded callback) { listeners_.push_back(std::move(callback)); }

  // For somebody who just proved who they are, or for whom a provider vouched. `permission_denied`
  // if their account is suspended. On an error none has ended either. Within a transaction that is
  // open it is in memory at once: whoever fails to commit forgets it.
  [[nodiscard]] Result<NewSession> create(UserId user, OrganisationId organisation,
                                          const Visitor& visitor = {},
                                          const std::optional<VouchedBy>& vouched_by = std::nullopt,
                                          Strength strength = Strength::one_factor);

  // From now on everybody is asked for two factors: a session in which less was shown is good for
  // showing the second or, where there is none, for adding it, and for nothing else.
  void ask_for_two_factors() { asks_for_two_ = true; }
  [[nodiscard]] bool owes_factor(const Session& session) const {
    return asks_for_two_ && session.strength != Strength::two_factors;
  }

  // Whose token this is; counts as a use. `unauthenticated` if it is unknown, has expired, is of an
  // account that is suspended, or was used in the future.
  struct Found {
    SessionId id;
    Session session;
  };
  [[nodiscard]] Result<Found> find(std::string_view raw_token);
  // The same of one that is known by its id; does not count as a use. `not_found` if it has ended.
  [[nodiscard]] Result<Found> look(const SessionId& id);
  // The browser that it began in, as browser_name calls it; empty if that is not known, or if it
  // has ended.
  [[nodiscard]] std::string_view browser(const SessionId& id);
  // Whether it is still alive; does not count as a use.
  [[nodiscard]] bool is_alive(const SessionId& id) const;

  // What a page must send along to prove that the request comes from it: derived from the session's
  // token, so that it need not be stored.
  [[nodiscard]] std::string csrf(std::string_view raw_token) const;
  [[nodiscard]] bool is_csrf(std::string_view raw_token, std::string_view raw_csrf) const;

  // Its person has proved again who they are; what was once shown in a session stays shown. No
  // error if it has ended meanwhile.
  Result<void> prove(const SessionId& id, Strength strength = Strength::one_factor);
  // They have added a second factor in it, and shown it by that. The same.
  Result<void> strengthen(const SessionId& id);
  // Whether that was less than kProof ago. A proof of the future, from before the clock was set
  // back, is none.
  [[nodiscard]] bool is_proven(const Session& session) const;

  // Those of a person that are alive, the one used last first.
  struct Listed {
    SessionId id;
    Session session;
    Visitor visitor;  // at sign-in; empty if it is not known or cannot be opened now
  };
  [[nodiscard]] std::vector<Listed> list(UserId user);
  // `not_found` unless it is that person's and alive.
  Result<void> end(UserId user, const SessionId& id);

  // Ending what does not exist is not an error. Of several, all end or none.
  Result<void> end(const SessionId& id);
  Result<void> end_token(std::string_view raw_token) { return end(digest(raw_token)); }
  Result<void> end_all_of(UserId user, const std::optional<SessionId>& but = std::nullopt);
  // Those that rest on what is over at a provider; returns them.
  [[nodiscard]] Result<std::vector<Session>> end_vouched(
      const SignedOut& over, const std::optional<SessionId>& but = std::nullopt);

  // The same in two steps, for whoever ends them together with something else: from the disk,
  // within the transaction that is open, and after it, which cannot fail, from memory and for the
  // listeners.
  Result<void> remove_all_of(UserId user, const std::optional<SessionId>& but = std::nullopt);
  void forget_all_of(UserId user, const std::optional<SessionId>& but = std::nullopt);
  Result<void> remove_vouched(const SignedOut& over,
                              const std::optional<SessionId>& but = std::nullopt);
  std::vector<Session> forget_vouched(const SignedOut& over,
                                      const std::optional<SessionId>& but = std::nullopt);

  // Its person works in that organisation from now on, in this session and when they sign in next;
  // nothing: in their own. Whether they may is for whoever calls. `not_found` if it has ended.
  Result<void> work_in(const SessionId& id, std::optional<OrganisationId> organisation);

  // Its person looks at things as that role would, and changes nothing meanwhile; nothing: as who
  // they are. In memory only. `not_found` if it has ended.
  Result<void> view_as(const SessionId& id, std::optional<Role> role);
  [[nodiscard]] std::optional<Role> viewed_as(const SessionId& id) const;

  // Its person is in the organisation of that grant (staff/access_grants.h), which must be theirs;
  // nothing: back where they work. In memory only. `not_found` if it has ended.
  Result<void> visit(const SessionId& id, std::optional<GrantId> grant);
  [[nodiscard]] std::optional<GrantId> visiting(const SessionId& id) const;
  // The grant is over: whoever is there by it is back where they work.
  void end_visits(GrantId grant);

  // What its person may do in that organisation is not what it was. If they are gone from it, they
  // work in their own; so it is on the disk already.
  void standing_changed(OrganisationId organisation, UserId user, bool is_member);

  // Another organisation is that person's own: what is sealed as theirs is sealed there. Within the
  // transaction that is open; if that fails, `load` again.
  Result<void> rehome(UserId user, OrganisationId home);

  // Removes those that have expired, of everybody; returns them. Every hour or so.
  [[nodiscard]] Result<std::vector<Session>> forget_expired();

 private:
  [[nodiscard]] SessionId digest(std::string_view raw_token) const;
  // Whether it is worth nothing any more, and is to be forgotten.
  [[nodiscard]] bool is_over(const Session& session, Timestamp now) const;
  // Whether it lets anybody do anything now: one of the future does again when that has come.
  [[nodiscard]] bool is_good(const Session& session, Timestamp now) const;
  // Those that must go for one more: all that are over, and one if there are too many.
  [[nodiscard]] std::vector<SessionId> in_the_way(UserId user) const;
  [[nodiscard]] std::vector<SessionId> those(
      const std::function<bool(const SessionId&, const Session&)>& are_meant) const;
  [[nodiscard]] std::vector<SessionId> vouched(const SignedOut& over,
                                               const std::optional<SessionId>& but) const;
  Result<void> set_shown(const SessionId& id, std::optional<Timestamp> proved_at,
                         Strength strength);
  Result<void> remove_each(const std::vector<SessionId>& ids);
  // Both return what they were.
  [[nodiscard]] Result<std::vector<Session>> end_each(const std::vector<SessionId>& ids);
  std::vector<Session> forget_each(const std::vector<SessionId>& ids);

  [[nodiscard]] Bytes seal(const SessionId& id, const Session& session, const Visitor& visitor);
  [[nodiscard]] Visitor open(const SessionId& id, const Session& session, const Bytes& sealed);

  struct Kept {
    Session session;
    Bytes sealed_visitor;
    std::optional<std::string> browser = {};  // as it was opened, once it was asked for
    std::optional<Role> viewed_as = {};
    std::optional<GrantId> visiting = {};
  };
  [[nodiscard]] Result<Kept*> alive(const SessionId& id);
  void tell(const SessionId& id) const;

  AccountsStore& store_;
  const Suspensions& suspensions_;
  keys::ContentKeys& content_;
  const AccountKeys& keys_;
  const Clock& clock_;
  Random& random_;
  std::unordered_map<SessionId, Kept, crypto::DigestHash> sessions_;
  std::vector<OnEnded> listeners_;
  bool asks_for_two_ = false;
};

}  // namespace fastness::accounts
