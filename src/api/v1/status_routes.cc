// /api/v1/status: what anybody is told of how this server is, also while they are shut out.
#include "api/routes.h"
#include "api/v1/body.h"
#include "incident/record/incidents.h"
#include "incident/restriction/restrictions.h"
#include "incident/restriction/switches.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;

void write_level(json::Writer& out, const incident::Restriction& order) {
  out.field("level", to_text(order.level));
  out.field("explanation", incident::explanation(order.level));
  if (order.since != Timestamp()) out.field("since", order.since);
}

// What the operator has published of incidents that are over, as they wrote it: plain text.
void write_statements(json::Writer& out, const incident::Incidents& incidents) {
  out.begin_array("statements");
  for (const incident::Incidents::Statement& each : incidents.published()) {
    out.begin_object();
    out.field("incident", each.incident);
    out.field("closed_at", each.closed_at);
    out.field("published_at", each.published_at);
    out.field_if("changed_at", each.changed_at);
    out.field("text", each.text);
    out.end_object();
  }
  out.end_array();
}

// Reasons are for operators: they may say what an attacker should not read.
Answer show_status(const Parts& parts, const Call& /*call*/) {
  return v1::object(Status::ok, [&](json::Writer& out) {
    write_level(out, parts.restrictions.now());
    out.begin_array("switched_off");
    for (const auto& [component, off] : parts.switches.off()) {
      out.begin_object();
      out.field("component", to_text(component));
      out.field("while_off", incident::what_is_off(component));
      out.field("off_since", off.since);
      out.end_object();
    }
    out.end_array();
    write_statements(out, parts.incidents);
    out.begin_array("before");
    const auto& orders = parts.restrictions.last_orders();
    for (auto order = std::next(orders.begin()); order != orders.end(); ++order) {
      if (order->since == Timestamp()) continue;  // nobody ordered how it was at first
      out.begin_object();
      write_level(out, *order);
      out.end_object();
    }
    out.end_array();
  });
}

}  // namespace

void add_public_status_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/api/v1/status", anyone(), "", on(parts, show_status));
}

}  // namespace fastness::api
