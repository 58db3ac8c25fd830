#include "http_server/connection/core.h"

#include <array>
#include <utility>

#include "base/bytes.h"
#include "http_server/wire/forwarded_for.h"

namespace fastness::http_server {
namespace {

using http::Response;
using http::Status;

}  // namespace

Server::Core::Core(net::EventLoop& web_in, Limits limits_in, Services services_in)
    : web(web_in),
      gate(std::make_shared<net::LoopGate>(web_in)),
      limits(limits_in),
      services(std::move(services_in)),
      log(services.log.named("http")),
      probe(services.registry),
      rates(limits.requests_per_second, limits.request_burst) {}

net::Endpoint Server::Core::add(std::unique_ptr<net::Listener> owned, http::Channel channel,
                                std::shared_ptr<tls::ServerContext> context) {
  const std::shared_ptr<net::Listener> listener(std::move(owned));  // shared by the two below
  net::Endpoint endpoint = listener->endpoint();
  starters.emplace_back(
      [this, listener, channel, context = std::move(context), port = endpoint.port()] {
        listener->start([this, channel, context, port](net::Accepted accepted) {
          http::Peer peer;
          peer.channel = channel;
          peer.address = accepted.remote.address().to_string();
          peer.is_by_proxy = accepted.is_by_proxy;
          boost::asio::ip::tcp::socket socket(web.context());
          boost::system::error_code error;
          socket.assign(accepted.remote.protocol(), accepted.socket.descriptor(), error);
          if (error) return;  // no room to wait for it: as if it had not come
          const int descriptor = accepted.socket.release();
          auto tls = context ? std::optional(context->accept(descriptor)) : std::nullopt;
          serve_connection(shared_from_this(), tls::AsyncStream(std::move(socket), std::move(tls)),
                           std::move(peer), std::move(accepted.slot), port);
        });
      });
  stoppers.emplace_back([listener] { listener->stop(); });
  return endpoint;
}

void Server::Core::leave(Member& member) {
  members_.erase(&member);
  finish_stop();
}

void Server::Core::stop(std::function<void()> stopped) {
  is_stopping_ = true;
  stopped_ = std::move(stopped);
  for (const auto& stopper : stoppers) stopper();
  const auto members = members_;  // retiring may end one at once
  for (Member* member : members) {
    if (members_.contains(member)) member->retire();
  }
  finish_stop();
}

void Server::Core::cut_all() {
  const auto members = members_;
  for (Member* member : members) {
    if (members_.contains(member)) member->cut();
  }
}

void Server::Core::finish_stop() {
  if (!is_stopping_ || !members_.empty() || !stopped_) return;
  web.post(std::exchange(stopped_, nullptr));
}

std::string Server::Core::new_request_id() const {
  std::array<std::uint8_t, 8> bytes{};
  services.random.fill(bytes);
  return to_hex(bytes);
}

Result<http::Peer> Server::Core::caller_of(const http::Request& request, const http::Peer& peer) {
  http::Peer caller = peer;
  if (peer.channel == http::Channel::admin) return caller;
  const bool was_local = is_local(caller);
  caller.is_by_proxy = peer.is_by_proxy || is_passed_on(request.headers);
  if (peer.channel != http::Channel::tls || !any_has(services.proxies, peer.address)) {
    if (was_local && !is_local(caller)) tell_of_proxy(peer.address);
    return caller;
  }
  const auto named = forwarded_for(request.headers, services.proxies);
  if (!named) {
    log.warning("proxy_not_understood", {{"remote", peer.address}, {"why", named.error().message}});
    return Unexpected<Error>{named.error()};
  }
  if (!*named) return caller;
  caller.address = **named;
  caller.leaf_digest.reset();  // it proved the proxy, not whom it asks for
  return caller;
}

// Once: anybody on this machine can have us say it.
void Server::Core::tell_of_proxy(const std::string& address) {
  if (std::exchange(has_told_of_proxy_, true)) return;
  log.warning("proxy_not_named", {{"remote", address}, {"setting", "proxies.forwarded_for"}});
}

bool Server::Core::is_local(const http::Peer& caller) {
  if (caller.channel == http::Channel::admin) return true;
  const bool is_loopback = caller.address.starts_with("127.") || caller.address == "::1";
  return is_loopback && !caller.is_by_proxy;
}

std::optional<Response> Server::Core::answer_here(const http::Request& request) const {
  if (request.method != http::Method::get) return std::nullopt;
  if (request.path == "/healthz") return Response::text(Status::ok, "ok\n");
  if (request.path == "/readyz") {
    return services.is_ready() ? Response::text(Status::ok, "ready\n")
                               : Response::text(Status::service_unavailable, "not ready\n");
  }
  if (request.path == "/metrics" && (services.metrics_token || is_local(request.peer))) {
    return answer_metrics(request);
  }
  if (request.peer.channel == http::Channel::admin) return std::nullopt;
  return services.console.serve(request);
}

http::Response Server::Core::answer_metrics(const http::Request& request) const {
  const bool is_admin = request.peer.channel == http::Channel::admin;
  if (services.metrics_token && !is_admin && !services.metrics_token->is_borne_by(request)) {
    Response response = Response::text(
        Status::unauthorized,
        "Send the token of metrics.token_file as \"Authorization: Bearer TOKEN\".\n");
    response.headers.set("www-authenticate", "Bearer");
    return response;
  }
  Response response = Response::text(Status::ok, services.metrics());
  response.headers.set("content-type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

}  // namespace fastness::http_server
