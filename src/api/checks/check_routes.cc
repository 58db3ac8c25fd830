// The security check-up of an organisation (docs/security-checks.md). It is a map of where the
// organisation is weak, so an API key reads it only if it was made for that.
#include "api/checks/organisation_checks.h"
#include "api/routes.h"

namespace fastness::api {
namespace {

Answer list_checks(const Parts& parts, const Call& call) {
  return check_up_of(parts, call.caller.organisation);
}

}  // namespace

void add_check_routes(RouteList& routes, Parts& parts) {
  routes.add(http::Method::get, "/api/v1/checks", member(accounts::Scope::security_read), "",
             on(parts, list_checks));
}

}  // namespace fastness::api
