#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "accounts/people/people.h"
#include "accounts/people/people_store.h"
#include "base/fixed_limits.h"

namespace fastness::accounts {

class NewsBook;

// What somebody may do in an organisation.
struct Standing {
  Role role;
  ThingScopes things;  // beyond what the role has
};

// Who is in which organisation, and as what. Whoever is made less, or leaves, is told by mail, and
// what lives by their right there ends with it. Lives on the control thread.
class Members {
 public:
  static constexpr std::size_t kMax = fixed_limit("people.of_organisation");

  // Called when somebody may do other things in an organisation than before, or nothing any more.
  using OnChanged = std::function<void(OrganisationId organisation, UserId user)>;

  // Both must outlive this.
  Members(PeopleStore store, NewsBook& news, const Clock& clock)
      : store_(store), news_(news), clock_(clock) {}

  void on_changed(OnChanged callback) { listeners_.push_back(std::move(callback)); }

  // What somebody is there; nothing if nothing. Cheap: the requests of a session ask it.
  [[nodiscard]] Result<std::optional<Standing>> standing(OrganisationId organisation, UserId user);
  [[nodiscard]] Result<std::optional<Role>> role(OrganisationId organisation, UserId user);
  // Who came first, first.
  [[nodiscard]] Result<std::vector<Membership>> of_organisation(OrganisationId organisation);
  [[nodiscard]] Result<std::vector<Membership>> of_user(UserId user);
  // Where somebody is the owner: their own organisation and those that they were handed.
  [[nodiscard]] Result<std::vector<OrganisationId>> owned_by(UserId user);
  // Every organisation's owner, but for who has not chosen a password yet: by organisation.
  [[nodiscard]] Result<std::vector<Membership>> owners() { return store_.owners(); }
  // Whether there is anybody beside that person.
  [[nodiscard]] Result<bool> has_others(OrganisationId organisation, UserId than);
  // What was a person's own before they handed it over, and was not forgotten.
  [[nodiscard]] Result<std::vector<OrganisationId>> former_homes(UserId user) {
    return store_.former_homes(user);
  }
  Result<void> forget_homes(UserId user) { return store_.forget_homes(user); }

  // In the transaction of whoever makes the person or the organisation.
  Result<void> add(const Membership& membership);

  // Makes somebody something else. `not_found` if they are not in it; `permission_denied` unless
  // whoever has the role `by` may give both what they were and what they become.
  Result<void> set_role(OrganisationId organisation, Role by, UserId user, Role role);

  // The things that somebody has by name, in place of those before. The same errors as for a
  // change of role; `invalid_argument` for more than kMaxThingRights.
  Result<void> set_things(OrganisationId organisation, Role by, UserId user,
                          const ThingRights& things);

  // Lets somebody go, or lets them leave. The same errors; an owner cannot leave. Their API keys
  // there end.
  Result<void> remove(OrganisationId organisation, Role by, UserId user);
  Result<void> leave(OrganisationId organisation, UserId user);

  // The owner becomes an administrator, and `to` the owner, within the transaction that is open.
  // `not_found` if `to` is not in it, `permission_denied` if `from` does not own it. Whoever
  // commits calls `tell` for both.
  Result<void> hand_over(OrganisationId organisation, UserId from, UserId to);
  void tell(OrganisationId organisation, UserId user) const;

 private:
  [[nodiscard]] Result<Role> role_of_member(OrganisationId organisation, UserId user);
  Result<void> take_out(OrganisationId organisation, UserId user);

  PeopleStore store_;
  NewsBook& news_;
  const Clock& clock_;
  // What was asked before. A change forgets what it is about, before and not after it is certain.
  std::map<std::pair<OrganisationId, UserId>, Standing> standings_;
  std::vector<OnChanged> listeners_;
};

}  // namespace fastness::accounts
