#include "api/staff/order_view.h"

#include <string>

#include "accounts/accounts.h"
#include "api/staff/access_view.h"

namespace fastness::api {

using accounts::HostOrder;
using http::Status;

namespace {

void write_order(json::Writer& out, Parts& parts, const HostOrder& order) {
  out.begin_object();
  out.field("id", order.id.value());
  out.field("action", order.request.action);
  out.field("object", order.request.object);
  out.field("words", order.request.words);
  out.field("state", to_text(order.state));
  out.field("asked_at", order.asked_at);
  out.field("until", order.until);
  out.begin_array("approvals");
  for (const HostOrder::Approval& each : order.approvals) {
    out.begin_object();
    write_person_by_id(out, parts, "by", each.by);
    out.field("at", each.at);
    out.end_object();
  }
  out.end_array();
  out.field("by_codes", order.is_by_codes);
  out.end_object();
}

}  // namespace

Answer show_orders(Parts& parts) {
  accounts::HostOrders& host = parts.accounts.host_orders();
  FASTNESS_ASSIGN_OR_REFUSE(const auto orders, host.orders());
  FASTNESS_ASSIGN_OR_REFUSE(const bool has_codes, parts.accounts.break_glass().are_there());
  return v1::object(Status::ok, [&](json::Writer& out) {
    out.field_if("guarded_since", host.guarded_since());
    out.begin_array("orders");
    for (const HostOrder& each : orders) write_order(out, parts, each);
    out.end_array();
    out.field("has_sealed_codes", has_codes);
  });
}

void write(json::Writer& out, accounts::OrderId id, const accounts::SignedOrder& made) {
  out.begin_object();
  out.field("order_id", id.value());
  out.field("user_id", made.by.value());
  out.field("at", made.at);
  write_members(out, made.signature);
  out.end_object();
}

Unexpected<Problem> refuse_host_order(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
      return refuse(Status::not_found,
                    "There is no such order any more, or you have no passkey for this address: you "
                    "add one on the page Account.");
    case Errc::unauthenticated:
      return refuse(Status::forbidden, "This was not signed by a passkey of yours, or too late.");
    case Errc::already_exists:
      return refuse(Status::conflict,
                    "You have signed this already, or it was approved, or it is being done.");
    case Errc::exhausted:
      return refuse(Status::too_many_requests, "Too many attempts. Try again in ten minutes.");
    default:
      return refuse(Result<void>(Unexpected<Error>{error}));
  }
}

}  // namespace fastness::api
