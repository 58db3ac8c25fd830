// What a server's connections share; for the .cc files of this folder only.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "base/result.h"
#include "http_server/connection/rate_limits.h"
#include "http_server/probe.h"
#include "http_server/server.h"
#include "net/loop_gate.h"
#include "tls/stream/async_stream.h"

namespace fastness::http_server {

// Something open on the web loop that a stop must end.
class Member {
 public:
  virtual ~Member() = default;
  // Finish what is in hand, then end.
  virtual void retire() = 0;
  // End now.
  virtual void cut() = 0;
};

// Lives on the web loop.
class Server::Core : public std::enable_shared_from_this<Server::Core> {
 public:
  Core(net::EventLoop& web_in, Limits limits_in, Services services_in);

  // Keeps a TCP listener, whose connections speak TLS if `context` is given. Where it listens.
  net::Endpoint add(std::unique_ptr<net::Listener> listener, http::Channel channel,
                    std::shared_ptr<tls::ServerContext> context);

  void join(Member& member) { members_.insert(&member); }
  void leave(Member& member);

  void stop(std::function<void()> stopped);
  void cut_all();
  [[nodiscard]] bool is_stopping() const { return is_stopping_; }

  // Sixteen hexadecimal digits that name one request.
  [[nodiscard]] std::string new_request_id() const;

  // Whom a request on the connection of `peer` is from: of `peer`, or of whom it asks for, if it is
  // one of our proxies. `invalid_argument` if such a one does not say it in words that we know.
  [[nodiscard]] Result<http::Peer> caller_of(const http::Request& request, const http::Peer& peer);
  // Whether the caller is on this machine, for all we know.
  [[nodiscard]] static bool is_local(const http::Peer& caller);

  // What needs no handler: health, metrics, the console. Nothing if it does.
  [[nodiscard]] std::optional<http::Response> answer_here(const http::Request& request) const;

  net::EventLoop& web;
  const std::shared_ptr<net::LoopGate> gate;  // shared with what other threads hold
  const Limits limits;
  const Services services;
  const telemetry::Log log;
  Probe probe;
  RateLimits rates;
  std::size_t requests_in_hand = 0;
  // Beginning to accept, and ceasing, for each listener.
  std::vector<std::function<void()>> starters;
  std::vector<std::function<void()>> stoppers;

 private:
  [[nodiscard]] http::Response answer_metrics(const http::Request& request) const;
  void tell_of_proxy(const std::string& address);
  void finish_stop();

  std::set<Member*> members_;
  bool has_told_of_proxy_ = false;
  bool is_stopping_ = false;
  std::function<void()> stopped_;
};

// Serves HTTP on an accepted connection until it ends. `port` is the one that it came in by.
void serve_connection(std::shared_ptr<Server::Core> core, tls::AsyncStream stream, http::Peer peer,
                      net::ConnectionLimits::Slot slot, unsigned port);

}  // namespace fastness::http_server
