// /.well-known/security.txt (RFC 9116): whom to tell of a hole in this instance.
#include "api/routes.h"
#include "json/time_text.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;

// A name that nobody vouches for any more is worse than none (RFC 9116, 5.3): after its day there
// is no file.
Answer show_contact(const Parts& parts) {
  const auto& contact = parts.security_contact;
  if (!contact || parts.clock.now() >= contact->until) return refuse(Status::not_found, {});
  std::string text;
  for (const std::string& address : contact->addresses) text += "Contact: " + address + "\n";
  if (!contact->policy.empty()) text += "Policy: " + contact->policy + "\n";
  text += "Expires: " + json::to_time_text(contact->until) + "\n";
  return http::Response::text(Status::ok, std::move(text));
}

}  // namespace

void add_contact_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/.well-known/security.txt", anyone(), "",
             [&parts](Call&) { return show_contact(parts); });
}

}  // namespace fastness::api
