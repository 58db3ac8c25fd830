#include "accounts/orders/host_orders.h"

#include <algorithm>

#include "accounts/news/news_book.h"

namespace fastness::accounts {
namespace {

Unexpected<Error> no_such_order() {
  return fail(Errc::not_found, "there is no such order");
}

bool has_enough(const HostOrder& order) {
  return order.is_by_codes || order.approvals.size() >= HostOrders::kPeople;
}

}  // namespace

Result<void> HostOrders::load() {
  FASTNESS_ASSIGN_OR_RETURN(guarded_since_, store_.guarded_since());
  kept_.clear();
  return {};
}

Result<std::size_t> HostOrders::able_to_sign() {
  FASTNESS_ASSIGN_OR_RETURN(const auto operators, uses_.operators.list());
  std::size_t able = 0;
  for (const Operator& each : operators) {
    FASTNESS_ASSIGN_OR_RETURN(const auto passkeys, uses_.passkeys.list(each.user));
    if (!passkeys.empty() && !uses_.suspensions.has(each.user)) ++able;
  }
  return able;
}

Result<void> HostOrders::guard() {
  if (guarded_since_) return fail(Errc::already_exists, "the guard is on");
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t able, able_to_sign());
  if (able < kPeople) return fail(Errc::permission_denied, "too few operators could sign");
  const Timestamp now = uses_.clock.now();
  FASTNESS_RETURN_IF_ERROR(store_.set_guard(now));
  guarded_since_ = now;
  return {};
}

Result<void> HostOrders::unguard() {
  if (!guarded_since_) return fail(Errc::not_found, "the guard is off");
  FASTNESS_RETURN_IF_ERROR(store_.remove_guard());
  guarded_since_.reset();
  kept_.clear();
  return {};
}

Result<HostOrders::Admission> HostOrders::admit(const HostRequest& request) {
  tick();
  FASTNESS_RETURN_IF_ERROR(look_at_approvals());
  const auto same = std::ranges::find_if(
      kept_, [&](const Kept& each) { return each.order.request.content == request.content; });
  if (same == kept_.end()) return ask(request);
  HostOrder& order = same->order;
  if (order.state == OrderState::doing) return fail(Errc::already_exists, "it is being done");
  if (order.state == OrderState::waiting) return Admission{order, Verdict::waits};
  order.state = OrderState::doing;
  return Admission{order, Verdict::goes_on};
}

Result<HostOrders::Admission> HostOrders::ask(const HostRequest& request) {
  if (kept_.size() >= kMost) return fail(Errc::exhausted, "too many orders wait");
  const Timestamp now = uses_.clock.now();
  Kept kept{{OrderId(random_uuid(uses_.random)), request, OrderState::waiting, now, now + kWaits},
            uses_.clock.steady() + kWaits};
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(tell_operators(NewsKind::order_to_approve));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  kept_.push_back(kept);
  return Admission{std::move(kept.order), Verdict::asked};
}

void HostOrders::finish(OrderId id, Outcome outcome) {
  const auto found =
      std::ranges::find_if(kept_, [&](const Kept& each) { return each.order.id == id; });
  if (found == kept_.end()) return;
  if (outcome == Outcome::done) {
    kept_.erase(found);
  } else {
    found->order.state = OrderState::approved;
  }
}

// Of the table and not of what Operators remembers: somebody erased is none any more.
Result<void> HostOrders::look_at_approvals() {
  FASTNESS_ASSIGN_OR_RETURN(const auto operators, uses_.operators.list());
  const auto counts = [&](const HostOrder::Approval& approval) {
    return !uses_.suspensions.has(approval.by) &&
           std::ranges::find(operators, approval.by, &Operator::user) != operators.end();
  };
  for (Kept& each : kept_) {
    HostOrder& order = each.order;
    std::erase_if(order.approvals, [&](const auto& approval) { return !counts(approval); });
    if (order.state == OrderState::approved && !has_enough(order)) {
      order.state = OrderState::waiting;
    }
  }
  return {};
}

Result<HostOrders::Kept*> HostOrders::find(OrderId id) {
  tick();
  FASTNESS_RETURN_IF_ERROR(look_at_approvals());
  const auto found =
      std::ranges::find_if(kept_, [&](const Kept& each) { return each.order.id == id; });
  if (found == kept_.end()) return no_such_order();
  return &*found;
}

Result<HostOrders::Kept*> HostOrders::waiting(OrderId id) {
  FASTNESS_ASSIGN_OR_RETURN(Kept* const kept, find(id));
  if (kept->order.state != OrderState::waiting) {
    return fail(Errc::already_exists, "that was approved already");
  }
  return kept;
}

Result<HostOrders::Kept*> HostOrders::waiting_for(UserId by, OrderId id) {
  if (!uses_.operators.has(by)) return no_such_order();
  FASTNESS_ASSIGN_OR_RETURN(Kept* const kept, waiting(id));
  const auto& approvals = kept->order.approvals;
  if (std::ranges::find(approvals, by, &HostOrder::Approval::by) != approvals.end()) {
    return fail(Errc::already_exists, "they signed it already");
  }
  return kept;
}

Result<PasskeyOffer> HostOrders::offer_approval(const SessionId& session, UserId by, OrderId id,
                                                const webauthn::RelyingParty& party) {
  FASTNESS_ASSIGN_OR_RETURN(const Kept* const kept, waiting_for(by, id));
  return uses_.passkeys.offer_signature(session, by, statement_of(by, kept->order), party);
}

Result<HostOrder> HostOrders::approve(const SessionId& session, UserId by, OrderId id,
                                      const RawPasskeyUse& raw,
                                      const webauthn::RelyingParty& party) {
  FASTNESS_ASSIGN_OR_RETURN(Kept* const kept, waiting_for(by, id));
  HostOrder& order = kept->order;
  FASTNESS_ASSIGN_OR_RETURN(StatementSignature signature,
                            uses_.passkeys.sign(session, by, statement_of(by, order), raw, party));
  const Timestamp now = uses_.clock.now();
  FASTNESS_RETURN_IF_ERROR(store_.insert(id, SignedOrder{by, now, std::move(signature)}));
  order.approvals.push_back({by, now});
  if (has_enough(order)) let_go_on(*kept);
  return order;
}

// The host has no account: its attempts at codes are counted under the id of nobody.
Result<HostOrder> HostOrders::approve_by_codes(OrderId id,
                                               const BreakGlass::TwoCodes& untrusted_codes) {
  FASTNESS_ASSIGN_OR_RETURN(Kept* const kept, waiting(id));
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(uses_.break_glass.use(UserId(Uuid(Uuid::Bytes{})), untrusted_codes));
  FASTNESS_RETURN_IF_ERROR(tell_operators(NewsKind::order_by_codes));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  kept->order.is_by_codes = true;
  let_go_on(*kept);
  return kept->order;
}

// One whose signer was none any more and that is signed by somebody else is good for no longer.
void HostOrders::let_go_on(Kept& kept) {
  kept.order.state = OrderState::approved;
  kept.order.until = std::min(kept.order.until, uses_.clock.now() + kGood);
  kept.ends = std::min(kept.ends, uses_.clock.steady() + kGood);
}

Result<HostOrder> HostOrders::refuse(UserId by, OrderId id) {
  if (!uses_.operators.has(by)) return no_such_order();
  FASTNESS_ASSIGN_OR_RETURN(const Kept* const kept, find(id));
  HostOrder order = kept->order;
  if (order.state == OrderState::doing) return fail(Errc::already_exists, "it is being done");
  std::erase_if(kept_, [&](const Kept& each) { return each.order.id == id; });
  return order;
}

Result<std::vector<HostOrder>> HostOrders::orders() {
  tick();
  FASTNESS_RETURN_IF_ERROR(look_at_approvals());
  std::vector<HostOrder> orders;
  orders.reserve(kept_.size());
  for (const Kept& each : kept_) orders.push_back(each.order);
  return orders;
}

// What is being done comes to its end, however long that takes.
void HostOrders::tick() {
  const Timestamp now = uses_.clock.now();
  const SteadyTime steady = uses_.clock.steady();
  std::vector<HostOrder> over;
  std::erase_if(kept_, [&](const Kept& each) {
    const bool is_over =
        each.order.state != OrderState::doing && (each.ends <= steady || each.order.until <= now);
    if (is_over) over.push_back(each.order);
    return is_over;
  });
  if (!on_lapsed_) return;
  for (const HostOrder& each : over) on_lapsed_(each);
}

Result<std::int64_t> HostOrders::forget_old() {
  return store_.remove_before(uses_.clock.now() - kRemembered);
}

Result<void> HostOrders::tell_operators(NewsKind kind) {
  FASTNESS_ASSIGN_OR_RETURN(const auto operators, uses_.operators.list());
  for (const Operator& each : operators) {
    FASTNESS_RETURN_IF_ERROR(uses_.news.note({kind, each.user}));
  }
  return {};
}

}  // namespace fastness::accounts
