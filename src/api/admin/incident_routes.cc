// /admin/v1/restriction: how much of the instance goes on while something is wrong.
#include "api/routes.h"
#include "api/v1/body.h"
#include "incident/restrictions.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
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
  const auto ordered =
      parts.restrictions.order(*level, request->reason.value_or(""), parts.clock.now());
  if (!ordered && ordered.error().code != Errc::invalid_argument) {
    return refuse(Status::service_unavailable,
                  "The disk did not take this. A restriction is in force all the same until the "
                  "server ends; one that was to be lifted stays.");
  }
  if (!ordered) return refuse(ordered);
  return show_restriction(parts, call);
}

}  // namespace

void add_incident_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/admin/v1/restriction", host_only(), "", on(parts, show_restriction));
  routes.add(Method::put, "/admin/v1/restriction", host_only(), "host.restrict",
             on(parts, restrict));
}

}  // namespace fastness::api
