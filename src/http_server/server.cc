#include "http_server/server.h"

#include <utility>

#include "http_server/admin_listener.h"
#include "http_server/connection/core.h"

namespace fastness::http_server {

Server::Server(net::EventLoop& web, Limits limits, Services services)
    : core_(std::make_shared<Core>(web, limits, std::move(services))) {}

Server::~Server() {
  for (const auto& stopper : core_->stoppers) stopper();
  core_->cut_all();
  core_->gate->close();
  core_->starters.clear();
  core_->stoppers.clear();
}

Result<net::Endpoint> Server::listen_tls(const net::Endpoint& endpoint,
                                         net::Listener::Options options,
                                         std::shared_ptr<net::ConnectionLimits> connections,
                                         std::shared_ptr<tls::ServerContext> context) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto bound, net::Listener::bind(core_->web, endpoint, options, std::move(connections),
                                      core_->services.clock));
  return core_->add(std::move(bound), http::Channel::tls, std::move(context));
}

Result<net::Endpoint> Server::listen_loopback(const net::Endpoint& endpoint,
                                              std::shared_ptr<net::ConnectionLimits> connections) {
  if (!endpoint.address().is_loopback()) {
    return fail(Errc::invalid_argument, "plaintext is for loopback addresses only");
  }
  FASTNESS_ASSIGN_OR_RETURN(
      auto bound,
      net::Listener::bind(core_->web, endpoint, {}, std::move(connections), core_->services.clock));
  return core_->add(std::move(bound), http::Channel::loopback, nullptr);
}

Result<void> Server::listen_admin(const std::string& path) {
  FASTNESS_ASSIGN_OR_RETURN(auto bound, AdminListener::bind(core_->web, path));
  const std::shared_ptr<AdminListener> listener(std::move(bound));  // shared by the two below
  core_->starters.emplace_back([core = core_.get(), listener] {
    listener->start([core](AdminListener::Socket socket) {
      http::Peer peer;
      peer.channel = http::Channel::admin;
      serve_connection(core->shared_from_this(), tls::AsyncStream(std::move(socket)),
                       std::move(peer), {}, 0);
    });
  });
  core_->stoppers.emplace_back([listener] { listener->stop(); });
  return {};
}

void Server::start() {
  for (const auto& starter : core_->starters) starter();
}

void Server::stop(std::function<void()> stopped) {
  core_->stop(std::move(stopped));
}

}  // namespace fastness::http_server
