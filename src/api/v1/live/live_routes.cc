// /api/v1/live: the WebSocket of changes.
#include <memory>
#include <utility>

#include "api/access/own_page.h"
#include "api/routes.h"
#include "api/v1/live/live.h"

namespace fastness::api {
namespace {

using http::Status;

Answer open(Live& live, const Call& call) {
  if (!call.request.wants_socket()) {
    return refuse(Status::upgrade_required, "This path is a WebSocket.");
  }
  // A WebSocket carries cookies from any page: only ours may open one.
  if (call.caller.kind == Caller::Kind::session && !is_same_site(call.request)) {
    return refuse_foreign_page();
  }
  if (live.is_full()) {
    return refuse(Status::service_unavailable,
                  "Too many pages watch already. Close one, or try again later.");
  }
  http::Response response;
  response.status = Status::switching_protocols;
  response.upgrade.emplace();
  response.upgrade->kind = http::SocketUpgrade::Kind::text;
  response.upgrade->opened = [&live, caller = call.caller](auto socket) {
    live.post([&live, caller, socket] { live.join(caller, socket); });
  };
  return response;
}

}  // namespace

void add_live_routes(RouteList& routes, Live& live) {
  routes.add(http::Method::get, "/api/v1/live", of_things(member(accounts::Scope::things_read)), "",
             [&live](Call& call) { return open(live, call); });
}

}  // namespace fastness::api
