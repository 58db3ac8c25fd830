#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "accounts/news/news.h"
#include "accounts/orders/host_order.h"
#include "accounts/orders/order_store.h"
#include "accounts/passkeys/passkeys.h"
#include "accounts/staff/break_glass.h"
#include "accounts/staff/operators.h"
#include "accounts/suspension/suspensions.h"
#include "base/fixed_limits.h"
#include "base/random.h"

namespace fastness::accounts {

// The gravest of what the host may order, once the guard is on: such a request is not done, but
// waits until two operators have signed what it says with their passkeys, or until two of the
// sealed codes are shown. Then the very same request is done once. The guard and the signatures are
// on the disk; what waits is in memory and forgotten by a restart. Lives on the control thread.
class HostOrders {
 public:
  static constexpr std::chrono::hours kWaits{fixed_limit("orders.waiting_hours")};
  static constexpr std::chrono::minutes kGood{fixed_limit("orders.good_minutes")};
  static constexpr std::size_t kMost = fixed_limit("orders.waiting");
  static constexpr std::size_t kPeople = 2;
  static constexpr std::chrono::days kRemembered{365};

  // What the parts that accounts has are used for here; all must outlive this.
  struct Uses {
    Operators& operators;
    BreakGlass& break_glass;
    Passkeys& passkeys;
    const Suspensions& suspensions;
    NewsBook& news;
    const Clock& clock;
    Random& random;
  };

  HostOrders(OrderStore& store, const Uses& uses) : store_(store), uses_(uses) {}

  // Whether the guard is on. What waited is not there any more.
  [[nodiscard]] Result<void> load();

  // Since when; nothing: each request is done at once.
  [[nodiscard]] const std::optional<Timestamp>& guarded_since() const { return guarded_since_; }
  // `already_exists` if it is on; `permission_denied` unless two operators could sign now, for
  // nothing could be ordered any more.
  Result<void> guard();
  // Whoever calls has had that approved. What waits needs nobody any more, and is forgotten.
  // `not_found` if it is off.
  Result<void> unguard();

  // What is to become of a request while the guard is on. It is asked for by that, of which the
  // operators are told by mail; or is the one that waits; or goes on now, for this once: whoever
  // runs it says by `finish` what came of it. `exhausted` if kMost wait; `already_exists` while the
  // same is being done.
  enum class Verdict : std::uint8_t { asked, waits, goes_on };
  struct Admission {
    HostOrder order;
    Verdict verdict;
  };
  [[nodiscard]] Result<Admission> admit(const HostRequest& request);
  // What failed can be tried again for as long as it was good. Not there any more is no error.
  enum class Outcome : std::uint8_t { done, failed };
  void finish(OrderId id, Outcome outcome);

  // To approve what waits, as an operator. `not_found` if they are none, or see no such order, or
  // have no passkey here; `already_exists` if they signed it, or enough did.
  [[nodiscard]] Result<PasskeyOffer> offer_approval(const SessionId& session, UserId by, OrderId id,
                                                    const webauthn::RelyingParty& party);
  // Errors as that, and Passkeys::sign.
  [[nodiscard]] Result<HostOrder> approve(const SessionId& session, UserId by, OrderId id,
                                          const RawPasskeyUse& raw,
                                          const webauthn::RelyingParty& party);
  // By the host, with two of the sealed codes in place of both people. All operators are told.
  // Errors as above, and BreakGlass::use.
  [[nodiscard]] Result<HostOrder> approve_by_codes(OrderId id,
                                                   const BreakGlass::TwoCodes& untrusted_codes);
  // By any operator: it is forgotten, whoever has signed it. `not_found` as above; `already_exists`
  // if it is being done.
  Result<HostOrder> refuse(UserId by, OrderId id);

  // What waits or may be done, who asked first, first.
  [[nodiscard]] Result<std::vector<HostOrder>> orders();
  [[nodiscard]] Result<std::vector<SignedOrder>> signatures(OrderId id) {
    return store_.signatures(id);
  }
  [[nodiscard]] Result<std::vector<std::pair<OrderId, SignedOrder>>> signatures_of(UserId user) {
    return store_.signatures_of(user);
  }

  // Called for what was over before it was done. Control thread.
  using OnLapsed = std::function<void(const HostOrder& order)>;
  void on_lapsed(OnLapsed callback) { on_lapsed_ = std::move(callback); }
  // Each second: ends what is over. A clock that was set back makes nothing longer.
  void tick();
  // Removes the signatures that were made kRemembered ago; how many. Every hour or so.
  [[nodiscard]] Result<std::int64_t> forget_old();

 private:
  struct Kept {
    HostOrder order;
    SteadyTime ends;  // the same as `until`, by the clock that nobody sets
  };

  [[nodiscard]] Result<std::size_t> able_to_sign();
  [[nodiscard]] Result<Admission> ask(const HostRequest& request);
  // Takes away what was signed by whoever is no operator any more, or is kept out.
  [[nodiscard]] Result<void> look_at_approvals();
  // `not_found` if there is none that is still good.
  [[nodiscard]] Result<Kept*> find(OrderId id);
  [[nodiscard]] Result<Kept*> waiting(OrderId id);
  [[nodiscard]] Result<Kept*> waiting_for(UserId by, OrderId id);
  void let_go_on(Kept& kept);
  Result<void> tell_operators(NewsKind kind);

  OrderStore& store_;
  Uses uses_;
  std::optional<Timestamp> guarded_since_;
  std::vector<Kept> kept_;
  OnLapsed on_lapsed_;
};

}  // namespace fastness::accounts
