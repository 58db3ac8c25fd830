#include "api/staff/order_gate.h"

#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/staff/order_words.h"
#include "audit/audit_log.h"
#include "base/minute_text.h"

namespace fastness::api {

using accounts::HostOrder;
using accounts::HostOrders;
using http::Status;

namespace {

Unexpected<Problem> wait_for_two(const HostOrder& order) {
  const std::string id = order.id.value().to_text();
  Problem problem{
      Status::conflict,
      "This needs two people, and is not done yet: " + order.request.words +
          ". Two operators approve it by their passkeys on the page Operator of the "
          "console, until " +
          minute_text(order.until) +
          ". Then give the very same order again within the hour, and it is done. It is "
          "order " +
          id +
          "; if nobody can be asked, two of the sealed codes do as well: fastness host "
          "order approve-by-codes " +
          id,
      {}};
  problem.code = kNeedsTwoPeople;
  return Unexpected<Problem>{std::move(problem)};
}

Unexpected<Problem> refuse_admission(const Error& error) {
  switch (error.code) {
    case Errc::exhausted:
      return refuse(Status::too_many_requests,
                    "Too many orders wait for two people. Operators approve or refuse them on the "
                    "page Operator of the console.");
    case Errc::already_exists:
      return refuse(Status::conflict, "The very same is being done now.");
    default:
      return refuse(Result<void>(Unexpected<Error>{error}));
  }
}

}  // namespace

Result<void, Problem> admit_order(Parts& parts, const Route& route, Call& call) {
  HostOrders& orders = parts.accounts.host_orders();
  const bool is_guarded = orders.guarded_since().has_value();
  if (route.access.weight != Access::Weight::grave || !is_guarded) return {};
  const auto request = describe_order(parts, route, call);
  if (!request) return Unexpected<Problem>{request.error()};
  const auto admission = orders.admit(*request);
  if (!admission) return refuse_admission(admission.error());
  const HostOrder& order = admission->order;
  if (admission->verdict == HostOrders::Verdict::asked) {
    record_order(parts.audit, parts.log, call.request, "order.ask", order.id, "ok");
  }
  if (admission->verdict != HostOrders::Verdict::goes_on) return wait_for_two(order);
  call.order = order.id;
  return {};
}

void finish_order(Parts& parts, const Call& call, const Answer& answer) {
  if (!call.order) return;
  parts.accounts.host_orders().finish(
      *call.order, answer ? HostOrders::Outcome::done : HostOrders::Outcome::failed);
  record_order(parts.audit, parts.log, call.request, "order.do", *call.order,
               answer ? "ok" : code_of(answer.error()));
}

void record_order(audit::AuditLog& audit, telemetry::Log& log, const http::Request& request,
                  const char* action, accounts::OrderId id, std::string_view result) {
  const OrganisationId nobody(Uuid(Uuid::Bytes{}));
  const auto recorded = audit.record({nobody, "host", action, "order:" + id.value().to_text(),
                                      request.peer.address, std::string(result), request.id, ""});
  if (!recorded) log.error("audit_failed", {{"why", recorded.error().message}});
}

}  // namespace fastness::api
