// The roots behind the server's own certificates: the numbered sets, for devices to follow, and the
// ceremony by which a root that lies elsewhere signs, for the host's owner (docs/ca-ceremony.md).
#include "api/routes.h"
#include "api/v1/body.h"
#include "crypto/public_key/pem.h"
#include "identity/server_roots.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;

// The vault says why in words for whoever holds the ceremony.
Unexpected<Problem> refuse_ceremony(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
    case Errc::permission_denied:
      return refuse(Status::conflict, error.message);
    case Errc::corrupted:
    case Errc::invalid_argument:
      return refuse(Status::bad_request, error.message);
    default:
      return refuse(Status::service_unavailable,
                    "The vault did not do this. See the log, and try again.");
  }
}

// Public, as the roots are: a device that trusts an old pair asks here for its way to the new one.
Answer show_root_set(const Parts& parts) {
  const vault_ipc::ServerAnchors& anchors = parts.server_roots.anchors();
  return v1::object(Status::ok, [&](json::Writer& out) {
    out.field("number", anchors.number);
    out.field("active_root_pem", crypto::to_pem(crypto::kCertificateLabel, anchors.active));
    out.field("standby_root_pem", crypto::to_pem(crypto::kCertificateLabel, anchors.standby));
    out.begin_array("documents");
    for (const Bytes& document : anchors.documents) out.value(to_base64(document));
    out.end_array();
  });
}

Answer ask_for_roots(Parts& parts, Call& call) {
  const auto request = v1::read_body<v1::RootRequest>(call);
  if (!request) return Unexpected<Problem>{request.error()};
  const bool switches = request->purpose == v1::RootPurpose::switch_to_standby;
  const auto purpose = switches ? roots::Purpose::switch_to_standby : roots::Purpose::renew_issuer;
  call.object = "server-roots:" + std::string(to_text(purpose));
  const auto done = parts.server_roots.prepare(purpose);
  return done ? show_root_set(parts) : refuse_ceremony(done.error());
}

Answer accept_roots(Parts& parts, Call& call) {
  const auto request = v1::read_body<v1::RootAnswer>(call);
  if (!request) return Unexpected<Problem>{request.error()};
  call.object = "server-roots";
  const auto done = parts.server_roots.accept(request->answer);
  return done ? show_root_set(parts) : refuse_ceremony(done.error());
}

}  // namespace

void add_root_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/api/v1/ca/root-set", anyone(), "",
             [&parts](Call&) { return show_root_set(parts); });
  routes.add(Method::post, "/admin/v1/ca/roots/request", host_only(), "ca.ask_root",
             on(parts, ask_for_roots));
  routes.add(Method::post, "/admin/v1/ca/roots/answer", grave(host_only()), "ca.accept_root",
             on(parts, accept_roots));
}

}  // namespace fastness::api
