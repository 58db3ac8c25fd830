#include "accounts/people/members.h"

#include <algorithm>

#include "accounts/news/news_book.h"

namespace fastness::accounts {
namespace {

Unexpected<Error> refuse_role() {
  return fail(Errc::permission_denied, "your own role does not give or take that one");
}

}  // namespace

Result<std::optional<Standing>> Members::standing(OrganisationId organisation, UserId user) {
  const std::pair key(organisation, user);
  if (const auto known = standings_.find(key); known != standings_.end()) {
    return std::optional(known->second);
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto membership, store_.find(organisation, user));
  if (!membership) return std::optional<Standing>();
  const Standing standing{membership->role, to_scopes(membership->things)};
  standings_.emplace(key, standing);
  return std::optional(standing);
}

Result<std::optional<Role>> Members::role(OrganisationId organisation, UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto found, standing(organisation, user));
  return found ? std::optional(found->role) : std::nullopt;
}

Result<Role> Members::role_of_member(OrganisationId organisation, UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto found, role(organisation, user));
  if (!found) return fail(Errc::not_found, "nobody of this organisation");
  return *found;
}

Result<std::vector<Membership>> Members::of_organisation(OrganisationId organisation) {
  return store_.of_organisation(organisation);
}

Result<std::vector<Membership>> Members::of_user(UserId user) {
  return store_.of_user(user);
}

Result<std::vector<OrganisationId>> Members::owned_by(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto memberships, store_.of_user(user));
  std::vector<OrganisationId> owned;
  for (const Membership& each : memberships) {
    if (each.role == Role::owner) owned.push_back(each.organisation);
  }
  return owned;
}

Result<bool> Members::has_others(OrganisationId organisation, UserId than) {
  FASTNESS_ASSIGN_OR_RETURN(const auto members, store_.of_organisation(organisation));
  return std::ranges::any_of(members, [than](const Membership& each) { return each.user != than; });
}

Result<void> Members::add(const Membership& membership) {
  standings_.erase({membership.organisation, membership.user});
  return store_.insert(membership);
}

Result<void> Members::set_role(OrganisationId organisation, Role by, UserId user, Role role) {
  FASTNESS_ASSIGN_OR_RETURN(const Role before, role_of_member(organisation, user));
  if (!may_give(by, before) || !may_give(by, role)) return refuse_role();
  if (before == role) return {};
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.set_role({organisation, user, role, clock_.now()}));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::role_changed, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  standings_.erase({organisation, user});
  tell(organisation, user);
  return {};
}

Result<void> Members::set_things(OrganisationId organisation, Role by, UserId user,
                                 const ThingRights& things) {
  FASTNESS_ASSIGN_OR_RETURN(const Role role, role_of_member(organisation, user));
  if (!may_give(by, role)) return refuse_role();
  if (things.size() > kMaxThingRights) {
    return fail(Errc::invalid_argument, "nobody is given more than 64 things by name");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.set_things(organisation, user, things));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::role_changed, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  standings_.erase({organisation, user});
  tell(organisation, user);
  return {};
}

Result<void> Members::remove(OrganisationId organisation, Role by, UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const Role role, role_of_member(organisation, user));
  if (!may_give(by, role)) return refuse_role();
  return take_out(organisation, user);
}

Result<void> Members::leave(OrganisationId organisation, UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const Role role, role_of_member(organisation, user));
  if (role == Role::owner) {
    return fail(Errc::permission_denied, "an owner hands the organisation over before they leave");
  }
  return take_out(organisation, user);
}

Result<void> Members::take_out(OrganisationId organisation, UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.remove(organisation, user));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::left_organisation, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  standings_.erase({organisation, user});
  tell(organisation, user);
  return {};
}

Result<void> Members::hand_over(OrganisationId organisation, UserId from, UserId to) {
  FASTNESS_ASSIGN_OR_RETURN(const Role was, role_of_member(organisation, from));
  FASTNESS_RETURN_IF_ERROR(role_of_member(organisation, to));
  if (was != Role::owner || from == to) return refuse_role();
  standings_.erase({organisation, from});
  standings_.erase({organisation, to});
  // In this order: the table has room for one owner.
  const Timestamp now = clock_.now();
  FASTNESS_RETURN_IF_ERROR(store_.set_role({organisation, from, Role::administrator, now}));
  FASTNESS_RETURN_IF_ERROR(store_.set_role({organisation, to, Role::owner, now}));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::organisation_handed_over, from}));
  return news_.note({NewsKind::organisation_received, to});
}

void Members::tell(OrganisationId organisation, UserId user) const {
  for (const OnChanged& listener : listeners_) listener(organisation, user);
}

}  // namespace fastness::accounts
