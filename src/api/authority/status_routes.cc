// What is so of single certificates, for programs that are not ours and ask as TLS libraries do
// (OCSP, RFC 6960, appendix A; docs/decisions/0044). Anybody may: an answer says nothing but
// whether a certificate that its reader has seen still counts.
#include <memory>

#include "accounts/sign_in/throttle.h"
#include "api/routes.h"
#include "base/fixed_limits.h"
#include "http/syntax/fields.h"
#include "identity/identity.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;

// Each answer is a signature of the vault.
struct StatusPace {
  accounts::Throttle of_network{fixed_limit("status.requests_of_network"), std::chrono::seconds(1)};
  accounts::Throttle of_all{fixed_limit("status.requests"), std::chrono::milliseconds(20)};

  [[nodiscard]] bool take(const Call& call, SteadyTime now) {
    return of_network.take(accounts::network_of(call.request.peer.address), now) &&
           of_all.take("all", now);
  }
};

Answer answer_status(const Parts& parts, StatusPace& pace, const Call& call, ByteView request) {
  if (!pace.take(call, parts.clock.steady())) {
    return refuse(Status::too_many_requests,
                  "Too many questions about certificates. Wait a second, or read the list of "
                  "revoked ones: /api/v1/ca/generations/{number}/crl");
  }
  http::Response response;
  response.headers.set("content-type", "application/ocsp-response");
  response.headers.set("cache-control", "no-store");
  response.body = as_text(parts.identity.certificate_status(request));
  return response;
}

Answer status_by_post(const Parts& parts, StatusPace& pace, const Call& call) {
  std::string_view type = call.request.headers.find("content-type").value_or("");
  if (!http::equal_ignoring_case(http::trim(http::take_until(type, ';')),
                                 "application/ocsp-request")) {
    return refuse(Status::unsupported_media_type,
                  "Send a request of type application/ocsp-request.");
  }
  return answer_status(parts, pace, call, as_bytes(call.request.body));
}

// What is no base64 is no request either, and is told so in the words of the protocol.
Answer status_by_get(const Parts& parts, StatusPace& pace, const Call& call) {
  const auto request = from_base64(call.request.parameters.find("request"));
  return answer_status(parts, pace, call, request ? ByteView(*request) : ByteView());
}

}  // namespace

void add_status_routes(RouteList& routes, Parts& parts) {
  const auto pace = std::make_shared<StatusPace>();
  routes.add(Method::post, "/api/v1/ca/ocsp", anyone(), "",
             [&parts, pace](Call& call) { return status_by_post(parts, *pace, call); });
  routes.add(Method::get, "/api/v1/ca/ocsp/{request}", anyone(), "",
             [&parts, pace](Call& call) { return status_by_get(parts, *pace, call); });
}

}  // namespace fastness::api
