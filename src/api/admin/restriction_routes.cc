// /admin/v1/restriction and /admin/v1/switches: how much of the instance goes on while something is
// wrong, and which parts of it do not.
#include "api/routes.h"
#include "api/v1/body.h"
#include "incident/restriction/reason.h"
#include "incident/restriction/restrictions.h"
#include "incident/restriction/switches.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using incident::Component;
using incident::Restriction;

Answer show_restriction(const Parts& parts, const Call& /*call*/) {
  const Restriction& now = parts.restrictions.now();
  return v1::object(Status::ok, [&](json::Writer& out) {
    out.field("level", to_text(now.level));
    out.field("explanation", incident::explanation(now.level));
    if (now.since != Timestamp()) out.field("since", now.since);
    if (!now.reason.empty()) out.field("reason", now.reason);
  });
}

Answer restrict(const Parts& parts, Call& call) {
  auto request = v1::read_body<v1::RestrictionRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto level = incident::parse_level(request->level);
  if (!level) return refuse(Status::bad_request, "There is no such level.", "level");
  call.object = "restriction:" + request->level;
  const std::string reason = request->reason.value_or("");
  const bool restricts = *level != incident::Level::normal;
  if (const auto fit = incident::check_reason(reason, restricts); !fit) return refuse(fit);
  if (!parts.restrictions.order(*level, reason, parts.clock.now())) {
    return refuse(Status::service_unavailable,
                  "The disk did not take this. A restriction is in force all the same until the "
                  "server ends; one that was to be lifted stays.");
  }
  return show_restriction(parts, call);
}

void write(json::Writer& out, const incident::Switches& switches, Component component) {
  const auto off = switches.off().find(component);
  out.field("component", to_text(component));
  out.field("is_on", off == switches.off().end());
  out.field("while_off", incident::what_is_off(component));
  if (off == switches.off().end()) return;
  out.field("off_since", off->second.since);
  out.field("reason", off->second.reason);
}

Answer list_switches(const Parts& parts, const Call& /*call*/) {
  return v1::object(Status::ok, [&](json::Writer& out) {
    out.begin_array("components");
    for (const Component component : incident::all_components()) {
      out.begin_object();
      write(out, parts.switches, component);
      out.end_object();
    }
    out.end_array();
  });
}

// The component, or that there is none.
Result<Component, Problem> component_in(Call& call) {
  const auto component = incident::parse_component(call.request.parameters.find("component"));
  if (!component) return refuse(Status::not_found, "There is no such component.");
  call.object = "component:" + std::string(to_text(*component));
  return *component;
}

Answer show_switch(const Parts& parts, Component component) {
  return v1::object(Status::ok, [&](json::Writer& out) { write(out, parts.switches, component); });
}

Answer switch_off(const Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const Component component, component_in(call));
  FASTNESS_ASSIGN_OR_RETURN(const auto request, v1::read_body<v1::SwitchRequest>(call));
  const std::string reason = request.reason.value_or("");
  if (const auto fit = incident::check_reason(reason, true); !fit) return refuse(fit);
  if (!parts.switches.switch_off(component, reason, parts.clock.now())) {
    return refuse(Status::service_unavailable,
                  "The disk did not take this. It is off all the same, until the server ends.");
  }
  return show_switch(parts, component);
}

Answer switch_on(const Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const Component component, component_in(call));
  FASTNESS_ASSIGN_OR_RETURN(const auto request, v1::read_body<v1::SwitchRequest>(call));
  const std::string reason = request.reason.value_or("");
  if (const auto fit = incident::check_reason(reason, false); !fit) return refuse(fit);
  if (!parts.switches.switch_on(component, reason, parts.clock.now())) {
    return refuse(Status::service_unavailable, "The disk did not take this. It stays off.");
  }
  return show_switch(parts, component);
}

}  // namespace

void add_restriction_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/admin/v1/restriction", host_only(), "", on(parts, show_restriction));
  routes.add(Method::put, "/admin/v1/restriction", host_only(), "host.restrict",
             on(parts, restrict));
  routes.add(Method::get, "/admin/v1/switches", host_only(), "", on(parts, list_switches));
  routes.add(Method::post, "/admin/v1/switches/{component}/off", host_only(), "host.switch_off",
             on(parts, switch_off));
  routes.add(Method::post, "/admin/v1/switches/{component}/on", host_only(), "host.switch_on",
             on(parts, switch_on));
}

}  // namespace fastness::api
