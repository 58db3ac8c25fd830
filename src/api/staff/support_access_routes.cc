// /api/v1/support-access: what operators of this server ask of an organisation, for its people.
#include "accounts/accounts.h"
#include "api/routes.h"
#include "api/staff/access_view.h"

namespace fastness::api {
namespace {

using accounts::Decider;
using accounts::GrantId;
using accounts::Role;
using http::Method;
using http::Status;

Answer list_support_access(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(
      const auto grants, parts.accounts.access_grants().of_organisation(call.caller.organisation));
  return v1::object(Status::ok, [&](json::Writer& out) { write(out, parts, grants); });
}

Answer list_signatures(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const auto id, call.id<GrantId>("grant_id"));
  accounts::AccessGrants& grants = parts.accounts.access_grants();
  FASTNESS_ASSIGN_OR_REFUSE(const auto grant, grants.find(id));
  if (!grant || grant->request.wish.organisation != call.caller.organisation) {
    return refuse(Status::not_found, {});
  }
  FASTNESS_ASSIGN_OR_REFUSE(const auto deeds, grants.deeds(id));
  return v1::object(Status::ok, [&](json::Writer& out) { write(out, deeds); });
}

Decider as_administrator(const Call& call) {
  return {call.caller.user, call.caller.organisation};
}

}  // namespace

void add_support_access_routes(RouteList& routes, Parts& parts) {
  const Access deciding = in_role(Role::administrator);
  routes.add(Method::get, "/api/v1/support-access", in_role(Role::viewer), "",
             on(parts, list_support_access));
  routes.add(Method::get, "/api/v1/support-access/{grant_id}/signatures", deciding, "",
             on(parts, list_signatures));
  routes.add(Method::post, "/api/v1/support-access/{grant_id}/approval/options", deciding, "",
             [&parts](Call& call) { return offer_approval(parts, call, as_administrator(call)); });
  routes.add(Method::post, "/api/v1/support-access/{grant_id}/approval", deciding, "access.approve",
             [&parts](Call& call) { return approve_access(parts, call, as_administrator(call)); });
  // Refusing and ending are quick.
  routes.add(Method::delete_, "/api/v1/support-access/{grant_id}", deciding, "access.end",
             [&parts](Call& call) { return end_access(parts, call, as_administrator(call)); });
}

}  // namespace fastness::api
