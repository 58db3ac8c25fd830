#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "accounts/news/news.h"
#include "accounts/passkeys/passkeys.h"
#include "accounts/people/members.h"
#include "accounts/staff/break_glass.h"
#include "accounts/staff/operators.h"

namespace fastness::accounts {

// Who decides about a grant.
struct Decider {
  UserId user;
  // Whose administrator they are; nothing: they are an operator.
  std::optional<OrganisationId> organisation = {};
};

// Access that operators ask for, to one organisation, for some hours at most. Who asks and who
// approves put their passkeys to a statement of it, and are never the same; what they signed is
// kept. The organisation's people see all of it and end it when they like. Lives on the control
// thread.
class AccessGrants {
 public:
  static constexpr std::chrono::hours kWaits{fixed_limit("staff.waiting_hours")};
  static constexpr std::size_t kMostWaiting = fixed_limit("staff.waiting_grants");
  static constexpr std::chrono::days kRemembered{365};

  // What the parts that accounts has are used for here; all must outlive this.
  struct Uses {
    Operators& operators;
    BreakGlass& break_glass;
    Members& members;
    Passkeys& passkeys;
    Sessions& sessions;
    NewsBook& news;
    const Clock& clock;
    Random& random;
  };

  // Called when a grant is something else than before. Control thread.
  using OnChanged = std::function<void(const AccessGrant& grant)>;

  AccessGrants(StaffStore& store, const Uses& uses) : store_(store), uses_(uses) {}

  // Takes up those that were open; the next tick() ends what was over meanwhile, and says so.
  [[nodiscard]] Result<void> load();
  void on_changed(OnChanged callback) { listeners_.push_back(std::move(callback)); }

  // A request for a wish, and what its operator's passkey is asked to sign. Nobody is asked for
  // anything yet. `permission_denied` if they are no operator, or are in that organisation anyway;
  // `invalid_argument` for a wish of nothing, of no time or too much, or without a reason;
  // `not_found` if they have no passkey here; `exhausted` if kMostWaiting of theirs wait.
  struct Draft {
    AccessRequest request;
    PasskeyOffer offer;
  };
  [[nodiscard]] Result<Draft> draft(const SessionId& session, UserId by, AccessWish wish,
                                    const webauthn::RelyingParty& party);
  // Asks, if the signature is of that very draft. Those who may approve are told by mail. Errors as
  // `draft` and Passkeys::sign; `not_found` too if there is no such organisation.
  [[nodiscard]] Result<AccessGrant> ask(const SessionId& session, const AccessRequest& request,
                                        const RawPasskeyUse& raw,
                                        const webauthn::RelyingParty& party);

  // To approve what waits. Errors as `approve` and `draft`.
  [[nodiscard]] Result<PasskeyOffer> offer_approval(const SessionId& session, const Decider& by,
                                                    GrantId id,
                                                    const webauthn::RelyingParty& party);
  // The time begins now. `permission_denied` for whoever asked; `not_found` if the decider sees no
  // such grant; `already_exists` if it does not wait any more.
  [[nodiscard]] Result<AccessGrant> approve(const SessionId& session, const Decider& by, GrantId id,
                                            const RawPasskeyUse& raw,
                                            const webauthn::RelyingParty& party);

  // By whoever asked, with two of the sealed codes in place of an approval. Everybody concerned is
  // told. Errors as above, and BreakGlass::use.
  [[nodiscard]] Result<PasskeyOffer> offer_break_glass(const SessionId& session, UserId by,
                                                       GrantId id,
                                                       const webauthn::RelyingParty& party);
  [[nodiscard]] Result<AccessGrant> break_glass(const SessionId& session, UserId by, GrantId id,
                                                const BreakGlass::TwoCodes& untrusted_codes,
                                                const RawPasskeyUse& raw,
                                                const webauthn::RelyingParty& party);

  // Withdraws, refuses or ends it, whichever that is to the decider; nobody: the host. `not_found`
  // if they see no such grant; `already_exists` if it is over.
  Result<AccessGrant> end(const std::optional<Decider>& by, GrantId id);

  // What somebody was let into ends, and what they asked for is withdrawn.
  Result<void> end_all_of(UserId user);
  // Somebody is no operator any more: what they asked for ends with it.
  Result<void> dismiss(UserId user);

  // The grant, if it lets that person in now.
  [[nodiscard]] Result<std::optional<AccessGrant>> live(GrantId id, UserId user);

  // The newest first.
  [[nodiscard]] Result<std::vector<AccessGrant>> all() { return store_.grants(); }
  [[nodiscard]] Result<std::vector<AccessGrant>> of_organisation(OrganisationId organisation);
  [[nodiscard]] Result<std::vector<AccessGrant>> of_operator(UserId user);
  [[nodiscard]] Result<std::optional<AccessGrant>> find(GrantId id);
  [[nodiscard]] Result<std::vector<SignedDeed>> deeds(GrantId id) { return store_.deeds(id); }

  // Each second: ends what is over. A clock that was set back makes nothing longer.
  [[nodiscard]] Result<void> tick();
  // Removes what was over kRemembered ago; how many of each organisation. Every hour or so.
  [[nodiscard]] Result<StaffStore::Counts> forget_old();

 private:
  [[nodiscard]] Result<void> check_asker(const AccessRequest& request);
  [[nodiscard]] Result<AccessGrant> waiting(const Decider& by, GrantId id);
  [[nodiscard]] Result<AccessGrant> waiting_of(UserId by, GrantId id);
  [[nodiscard]] Result<AccessGrant> let_in(AccessGrant grant, GrantedBy how,
                                           const SignedDeed& deed);
  [[nodiscard]] Result<AccessGrant> close(AccessGrant grant, GrantState state,
                                          std::optional<UserId> by);
  // Those who administer an organisation, and all operators but one.
  Result<void> tell_administrators(NewsKind kind, OrganisationId organisation);
  Result<void> tell_operators(NewsKind kind, UserId but);
  void watch(const AccessGrant& grant);
  void changed(const AccessGrant& grant);

  StaffStore& store_;
  Uses uses_;
  struct End {
    SteadyTime steady;
    Timestamp calendar;
  };
  std::map<GrantId, End> ends_;  // of those that wait or are live
  std::vector<OnChanged> listeners_;
};

}  // namespace fastness::accounts
