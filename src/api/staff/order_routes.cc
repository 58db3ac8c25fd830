// /api/v1/operator/orders: what operators are asked to agree to; /admin/v1/orders: whether they
// are.
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/routes.h"
#include "api/staff/order_gate.h"
#include "api/staff/order_view.h"
#include "api/v1/passkey_use.h"

namespace fastness::api {
namespace {

using accounts::HostOrder;
using accounts::OrderId;
using http::Method;
using http::Status;

// The order that the path names. What is decided of it is in the trail of the host, whoever did it.
Result<OrderId, Problem> order_in(Call& call) {
  call.audit_organisation = OrganisationId(Uuid(Uuid::Bytes{}));
  return call.id<OrderId>("order_id");
}

Answer offer_order_approval(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const OrderId id, order_in(call));
  const auto party = v1::party_of(parts, call.request);
  if (!party) return Unexpected<Problem>{party.error()};
  const auto offer = parts.accounts.host_orders().offer_approval(*call.caller.session,
                                                                 call.caller.user, id, *party);
  if (!offer) return refuse_host_order(offer.error());
  return v1::show_offer(*offer, *party);
}

Answer approve_order(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const OrderId id, order_in(call));
  const auto party = v1::party_of(parts, call.request);
  if (!party) return Unexpected<Problem>{party.error()};
  const auto raw = v1::read_passkey_use(call);
  if (!raw) return Unexpected<Problem>{raw.error()};
  const auto order = parts.accounts.host_orders().approve(*call.caller.session, call.caller.user,
                                                          id, *raw, *party);
  if (!order) return refuse_host_order(order.error());
  return http::Response::empty(Status::no_content);
}

Answer refuse_order_of_host(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const OrderId id, order_in(call));
  const auto order = parts.accounts.host_orders().refuse(call.caller.user, id);
  if (!order) return refuse_host_order(order.error());
  return http::Response::empty(Status::no_content);
}

Answer guard_orders(Parts& parts, Call& call) {
  call.object = "guard";
  const auto on = parts.accounts.host_orders().guard();
  if (on) return http::Response::empty(Status::no_content);
  switch (on.error().code) {
    case Errc::already_exists:
      return refuse(Status::conflict, "The gravest orders need two people already.");
    case Errc::permission_denied:
      return refuse(Status::conflict,
                    "Two operators who have a passkey are needed first: fastness host operator "
                    "review says who has.");
    default:
      return refuse(on);
  }
}

Answer unguard_orders(Parts& parts, Call& call) {
  call.object = "guard";
  const auto off = parts.accounts.host_orders().unguard();
  if (off) return http::Response::empty(Status::no_content);
  if (off.error().code != Errc::not_found) return refuse(off);
  return refuse(Status::conflict, "They need nobody else now.");
}

Answer approve_order_by_codes(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const OrderId id, order_in(call));
  const auto said = v1::read_body<v1::OrderCodesRequest>(call);
  if (!said) return Unexpected<Problem>{said.error()};
  const auto order =
      parts.accounts.host_orders().approve_by_codes(id, {said->codes.at(0), said->codes.at(1)});
  if (!order && order.error().code == Errc::unauthenticated) {
    return refuse(Status::forbidden, "These are not two of the sealed codes.");
  }
  if (!order && order.error().code == Errc::not_found) {
    return refuse(Status::not_found, "There is no such order any more: give it again first.");
  }
  if (!order) return refuse_host_order(order.error());
  parts.log.error("order_approved_by_codes", {{"order", "order:" + id.value().to_text()}});
  return http::Response::empty(Status::no_content);
}

Answer show_order_signatures(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const OrderId id, order_in(call));
  FASTNESS_ASSIGN_OR_REFUSE(const auto made, parts.accounts.host_orders().signatures(id));
  return v1::object(Status::ok, [&](json::Writer& out) {
    out.begin_array("signatures");
    for (const accounts::SignedOrder& each : made) write(out, id, each);
    out.end_array();
  });
}

void add_guard_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/admin/v1/orders", host_only(), "",
             [&parts](Call&) { return show_orders(parts); });
  routes.add(Method::put, "/admin/v1/orders/guard", host_only(), "host.guard_orders",
             on(parts, guard_orders));
  routes.add(Method::delete_, "/admin/v1/orders/guard", grave(host_only()), "host.unguard_orders",
             on(parts, unguard_orders));
  routes.add(Method::post, "/admin/v1/orders/{order_id}/codes", host_only(),
             "order.approve_by_codes", on(parts, approve_order_by_codes));
  routes.add(Method::get, "/admin/v1/orders/{order_id}/signatures", host_only(), "",
             on(parts, show_order_signatures));
}

}  // namespace

void add_order_routes(RouteList& routes, Parts& parts) {
  parts.accounts.host_orders().on_lapsed(
      [&audit = parts.audit, log = parts.log](const HostOrder& order) mutable {
        record_order(audit, log, http::Request(), "order.expire", order.id, "lapsed");
      });
  const Access only = operator_only();
  routes.add(Method::get, "/api/v1/operator/orders", only, "",
             [&parts](Call&) { return show_orders(parts); });
  routes.add(Method::delete_, "/api/v1/operator/orders/{order_id}", only, "order.refuse",
             on(parts, refuse_order_of_host));
  routes.add(Method::post, "/api/v1/operator/orders/{order_id}/approval/options", only, "",
             on(parts, offer_order_approval));
  routes.add(Method::post, "/api/v1/operator/orders/{order_id}/approval", only, "order.approve",
             on(parts, approve_order));
  add_guard_routes(routes, parts);
}

}  // namespace fastness::api
