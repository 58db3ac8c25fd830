#include "accounts/staff/access_grants.h"

#include <algorithm>

#include "accounts/news/news_book.h"
#include "base/text_line.h"

namespace fastness::accounts {
namespace {

Result<void> check_wish(const AccessWish& wish) {
  if (wish.scopes.is_empty()) return fail(Errc::invalid_argument, "scopes must name one at least");
  if (wish.time < std::chrono::minutes(1) || wish.time > AccessWish::kLongest) {
    return fail(Errc::invalid_argument, "minutes must be 1 to 240");
  }
  if (wish.reason.empty() || !is_line(wish.reason, AccessWish::kReasonBytes)) {
    return fail(Errc::invalid_argument,
                "reason must be one line of at most 300 bytes, for those who decide");
  }
  return {};
}

Unexpected<Error> no_such_grant() {
  return fail(Errc::not_found, "there is no such access");
}

Unexpected<Error> decided_already() {
  return fail(Errc::already_exists, "that was decided already, or its time is over");
}

// Whether somebody who decides may know of it.
bool is_seen_by(const Decider& by, const Operators& operators, const AccessGrant& grant) {
  return by.organisation ? grant.request.wish.organisation == *by.organisation
                         : operators.has(by.user);
}

Result<AccessGrant> still_waiting(const AccessGrant& grant, Timestamp now) {
  if (grant.state != GrantState::waiting || grant.until <= now) return decided_already();
  return grant;
}

}  // namespace

Result<void> AccessGrants::load() {
  FASTNESS_ASSIGN_OR_RETURN(const auto open, store_.grants({.are_open = true}));
  for (const AccessGrant& each : open) watch(each);
  return {};
}

Result<void> AccessGrants::check_asker(const AccessRequest& request) {
  FASTNESS_RETURN_IF_ERROR(check_wish(request.wish));
  const OrganisationId organisation = request.wish.organisation;
  FASTNESS_ASSIGN_OR_RETURN(const auto members, uses_.members.of_organisation(organisation));
  if (members.empty()) return fail(Errc::not_found, "there is no such organisation");
  const bool is_member =
      std::ranges::any_of(members, [&](const Membership& each) { return each.user == request.by; });
  if (is_member || !uses_.operators.has(request.by)) {
    return fail(Errc::permission_denied, "not an operator, or somebody of that organisation");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto theirs, store_.grants({.by = request.by, .are_open = true}));
  const auto waiting = std::ranges::count(theirs, GrantState::waiting, &AccessGrant::state);
  if (static_cast<std::size_t>(waiting) >= kMostWaiting) {
    return fail(Errc::exhausted, "too many requests wait");
  }
  return {};
}

Result<AccessGrants::Draft> AccessGrants::draft(const SessionId& session, UserId by,
                                                AccessWish wish,
                                                const webauthn::RelyingParty& party) {
  AccessRequest request{GrantId(random_uuid(uses_.random)), by, std::move(wish)};
  FASTNESS_RETURN_IF_ERROR(check_asker(request));
  FASTNESS_ASSIGN_OR_RETURN(
      PasskeyOffer offer,
      uses_.passkeys.offer_signature(session, by, statement_of(Deed::ask, by, request), party));
  return Draft{std::move(request), std::move(offer)};
}

Result<AccessGrant> AccessGrants::ask(const SessionId& session, const AccessRequest& request,
                                      const RawPasskeyUse& raw,
                                      const webauthn::RelyingParty& party) {
  FASTNESS_RETURN_IF_ERROR(check_asker(request));
  FASTNESS_ASSIGN_OR_RETURN(
      StatementSignature signature,
      uses_.passkeys.sign(session, request.by, statement_of(Deed::ask, request.by, request), raw,
                          party));
  const Timestamp now = uses_.clock.now();
  const AccessGrant grant{request, GrantState::waiting, now, now + kWaits};
  const OrganisationId organisation = request.wish.organisation;
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.insert(grant));
  FASTNESS_RETURN_IF_ERROR(
      store_.insert(request.id, SignedDeed{Deed::ask, request.by, now, std::move(signature)}));
  FASTNESS_RETURN_IF_ERROR(tell_administrators(NewsKind::access_asked, organisation));
  FASTNESS_RETURN_IF_ERROR(tell_operators(NewsKind::access_to_approve, request.by));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  changed(grant);
  return grant;
}

// One that `by` may approve.
Result<AccessGrant> AccessGrants::waiting(const Decider& by, GrantId id) {
  FASTNESS_ASSIGN_OR_RETURN(const auto grant, find(id));
  if (!grant || !is_seen_by(by, uses_.operators, *grant)) return no_such_grant();
  if (grant->request.by == by.user) {
    return fail(Errc::permission_denied, "nobody approves what they asked for");
  }
  return still_waiting(*grant, uses_.clock.now());
}

// One that `by` asked for.
Result<AccessGrant> AccessGrants::waiting_of(UserId by, GrantId id) {
  FASTNESS_ASSIGN_OR_RETURN(const auto grant, find(id));
  if (!grant || grant->request.by != by || !uses_.operators.has(by)) return no_such_grant();
  return still_waiting(*grant, uses_.clock.now());
}

Result<PasskeyOffer> AccessGrants::offer_approval(const SessionId& session, const Decider& by,
                                                  GrantId id, const webauthn::RelyingParty& party) {
  FASTNESS_ASSIGN_OR_RETURN(const AccessGrant grant, waiting(by, id));
  return uses_.passkeys.offer_signature(session, by.user,
                                        statement_of(Deed::approve, by.user, grant.request), party);
}

Result<AccessGrant> AccessGrants::approve(const SessionId& session, const Decider& by, GrantId id,
                                          const RawPasskeyUse& raw,
                                          const webauthn::RelyingParty& party) {
  FASTNESS_ASSIGN_OR_RETURN(AccessGrant grant, waiting(by, id));
  FASTNESS_ASSIGN_OR_RETURN(
      StatementSignature signature,
      uses_.passkeys.sign(session, by.user, statement_of(Deed::approve, by.user, grant.request),
                          raw, party));
  const GrantedBy how = by.organisation ? GrantedBy::organisation : GrantedBy::another_operator;
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  if (how == GrantedBy::another_operator) {
    FASTNESS_RETURN_IF_ERROR(
        tell_administrators(NewsKind::access_granted, grant.request.wish.organisation));
  }
  FASTNESS_ASSIGN_OR_RETURN(
      grant, let_in(std::move(grant), how,
                    {Deed::approve, by.user, uses_.clock.now(), std::move(signature)}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  changed(grant);
  return grant;
}

Result<PasskeyOffer> AccessGrants::offer_break_glass(const SessionId& session, UserId by,
                                                     GrantId id,
                                                     const webauthn::RelyingParty& party) {
  FASTNESS_ASSIGN_OR_RETURN(const AccessGrant grant, waiting_of(by, id));
  return uses_.passkeys.offer_signature(session, by,
                                        statement_of(Deed::break_glass, by, grant.request), party);
}

Result<AccessGrant> AccessGrants::break_glass(const SessionId& session, UserId by, GrantId id,
                                              const BreakGlass::TwoCodes& untrusted_codes,
                                              const RawPasskeyUse& raw,
                                              const webauthn::RelyingParty& party) {
  FASTNESS_ASSIGN_OR_RETURN(AccessGrant grant, waiting_of(by, id));
  FASTNESS_ASSIGN_OR_RETURN(
      StatementSignature signature,
      uses_.passkeys.sign(session, by, statement_of(Deed::break_glass, by, grant.request), raw,
                          party));
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(uses_.break_glass.use(by, untrusted_codes));
  FASTNESS_RETURN_IF_ERROR(
      tell_administrators(NewsKind::glass_broken, grant.request.wish.organisation));
  FASTNESS_RETURN_IF_ERROR(tell_operators(NewsKind::glass_broken, by));
  FASTNESS_ASSIGN_OR_RETURN(
      grant, let_in(std::move(grant), GrantedBy::break_glass,
                    {Deed::break_glass, by, uses_.clock.now(), std::move(signature)}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  changed(grant);
  return grant;
}

// Within the transaction of whoever tells of it.
Result<AccessGrant> AccessGrants::let_in(AccessGrant grant, GrantedBy how, const SignedDeed& deed) {
  grant.state = GrantState::live;
  grant.granted_by = how;
  grant.decided_by = deed.by;
  grant.granted_at = deed.at;
  grant.until = deed.at + grant.request.wish.time;
  FASTNESS_RETURN_IF_ERROR(store_.update(grant));
  FASTNESS_RETURN_IF_ERROR(store_.insert(grant.request.id, deed));
  return grant;
}

Result<AccessGrant> AccessGrants::end(const std::optional<Decider>& by, GrantId id) {
  FASTNESS_ASSIGN_OR_RETURN(const auto grant, find(id));
  if (!grant || (by && !is_seen_by(*by, uses_.operators, *grant))) return no_such_grant();
  if (is_over(grant->state)) return decided_already();
  const std::optional<UserId> who = by ? std::optional(by->user) : std::nullopt;
  if (grant->state == GrantState::live) return close(*grant, GrantState::ended, who);
  const bool is_own = who == grant->request.by;
  return close(*grant, is_own ? GrantState::withdrawn : GrantState::refused, who);
}

Result<AccessGrant> AccessGrants::close(AccessGrant grant, GrantState state,
                                        std::optional<UserId> by) {
  grant.state = state;
  grant.until = uses_.clock.now();
  // Of a live one, whoever approved it is in the signature.
  grant.decided_by = by;
  FASTNESS_RETURN_IF_ERROR(store_.update(grant));
  changed(grant);
  return grant;
}

Result<void> AccessGrants::dismiss(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(uses_.operators.remove(user));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  FASTNESS_RETURN_IF_ERROR(uses_.operators.load());
  return end_all_of(user);
}

Result<void> AccessGrants::end_all_of(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto theirs, store_.grants({.by = user, .are_open = true}));
  for (const AccessGrant& each : theirs) {
    const bool is_live = each.state == GrantState::live;
    FASTNESS_RETURN_IF_ERROR(
        close(each, is_live ? GrantState::ended : GrantState::withdrawn, std::nullopt));
  }
  return {};
}

Result<std::optional<AccessGrant>> AccessGrants::find(GrantId id) {
  FASTNESS_ASSIGN_OR_RETURN(auto grants, store_.grants({.id = id}));
  if (grants.empty()) return std::optional<AccessGrant>();
  return std::optional(std::move(grants.front()));
}

Result<std::vector<AccessGrant>> AccessGrants::of_organisation(OrganisationId organisation) {
  return store_.grants({.organisation = organisation});
}

Result<std::vector<AccessGrant>> AccessGrants::of_operator(UserId user) {
  return store_.grants({.by = user});
}

Result<std::optional<AccessGrant>> AccessGrants::live(GrantId id, UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto grant, find(id));
  const bool is_good = grant && grant->state == GrantState::live && grant->request.by == user &&
                       uses_.operators.has(user) && grant->until > uses_.clock.now() &&
                       ends_.contains(id);
  if (!is_good) grant.reset();
  return grant;
}

Result<void> AccessGrants::tick() {
  const Timestamp now = uses_.clock.now();
  const SteadyTime steady = uses_.clock.steady();
  std::vector<GrantId> over;
  for (const auto& [id, end] : ends_) {
    if (end.steady <= steady || end.calendar <= now) over.push_back(id);
  }
  for (const GrantId id : over) {
    FASTNESS_ASSIGN_OR_RETURN(const auto grant, find(id));
    if (!grant) {  // it went with its organisation, or its operator
      ends_.erase(id);
      uses_.sessions.end_visits(id);
      continue;
    }
    const bool is_live = grant->state == GrantState::live;
    FASTNESS_RETURN_IF_ERROR(
        close(*grant, is_live ? GrantState::expired : GrantState::lapsed, std::nullopt));
  }
  return {};
}

Result<StaffStore::Counts> AccessGrants::forget_old() {
  return store_.remove_before(uses_.clock.now() - kRemembered);
}

Result<void> AccessGrants::tell_administrators(NewsKind kind, OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(const auto members, uses_.members.of_organisation(organisation));
  for (const Membership& each : members) {
    if (!is_at_least(each.role, Role::administrator)) continue;
    FASTNESS_RETURN_IF_ERROR(uses_.news.note({kind, each.user}));
  }
  return {};
}

Result<void> AccessGrants::tell_operators(NewsKind kind, UserId but) {
  FASTNESS_ASSIGN_OR_RETURN(const auto operators, uses_.operators.list());
  for (const Operator& each : operators) {
    if (each.user != but) FASTNESS_RETURN_IF_ERROR(uses_.news.note({kind, each.user}));
  }
  return {};
}

// Never for longer than it was given for, whatever the calendar says.
void AccessGrants::watch(const AccessGrant& grant) {
  const auto most = grant.state == GrantState::live ? grant.request.wish.time : kWaits;
  const auto left = std::min<Timestamp::duration>(grant.until - uses_.clock.now(), most);
  ends_.insert_or_assign(grant.request.id, End{uses_.clock.steady() + left, grant.until});
}

void AccessGrants::changed(const AccessGrant& grant) {
  if (is_over(grant.state)) {
    ends_.erase(grant.request.id);
    uses_.sessions.end_visits(grant.request.id);
  } else {
    watch(grant);
  }
  for (const OnChanged& listener : listeners_) listener(grant);
}

}  // namespace fastness::accounts
