#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/network.h"
#include "base/random.h"
#include "base/result.h"
#include "http/inspection.h"
#include "http/message.h"
#include "http_server/assets.h"
#include "http_server/connection/limits.h"
#include "http_server/metrics_token.h"
#include "net/connection_limits.h"
#include "net/event_loop.h"
#include "net/listener.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "tls/context/server_context.h"

namespace fastness::http_server {

// What the server serves with. Everything referred to must outlive the server and its loop.
struct Services {
  // Answers what the server does not answer itself (assets, /healthz, /readyz, /metrics). Runs on
  // `control`.
  http::Handler handle;
  net::EventLoop& control;

  Assets console;
  std::function<bool()> is_ready;        // thread-safe; what /readyz says
  std::function<std::string()> metrics;  // thread-safe
  // Who asks for the metrics must bear it, wherever from. Without one they are shown to loopback
  // callers only. The admin socket needs none.
  std::optional<MetricsToken> metrics_token;

  const Clock& clock;
  Random& random;
  telemetry::Log log;
  telemetry::Registry& registry;

  // Asked about every request but those of the admin socket, before anything else answers it.
  // Absent: nobody is.
  http::Inspect inspect = {};
  // Whether browsers are told that every name below this host's has HTTPS too (RFC 6797, 6.1.2).
  bool hsts_subdomains = false;
  // Who passes requests on over TLS, and is believed when X-Forwarded-For names who made them.
  Networks proxies = {};
};

// HTTP/1.1 on TLS, on plaintext loopback and on the admin socket, with WebSockets. Connections are
// read and written on the loop `web`; requests are handled on `control`. Every response carries the
// security headers and a Content-Length, but for streamed bodies. Lives on `web`; what is called
// before the loop runs may be called from any thread.
class Server {
 public:
  Server(net::EventLoop& web, Limits limits, Services services);

  // Closes everything at once. The loop must not be running any more.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The three below bind; `start` begins to accept. `unavailable` if the address cannot be had.

  [[nodiscard]] Result<net::Endpoint> listen_tls(const net::Endpoint& endpoint,
                                                 net::Listener::Options options,
                                                 std::shared_ptr<net::ConnectionLimits> connections,
                                                 std::shared_ptr<tls::ServerContext> context);

  // Plaintext for browsers on this machine, which treat `http://localhost` as a secure context.
  // Requests must name `localhost` and the port: a page of another origin whose name was rebound
  // to 127.0.0.1 gets 421. `invalid_argument` unless `endpoint` is a loopback address.
  [[nodiscard]] Result<net::Endpoint> listen_loopback(
      const net::Endpoint& endpoint, std::shared_ptr<net::ConnectionLimits> connections);

  // A unix socket, mode 0600, for processes of our own uid or root (SO_PEERCRED). Its directory
  // must be ours and 0700, else `permission_denied`. Replaces what an earlier run left at `path`.
  [[nodiscard]] Result<void> listen_admin(const std::string& path);

  void start();

  // Refuses new connections, lets requests in hand finish, tells WebSockets goodbye, then calls
  // `stopped` on `web`. Whoever is slow is the caller's to cut, by stopping the loop.
  void stop(std::function<void()> stopped);

  class Core;

 private:
  std::shared_ptr<Core> core_;  // shared with connections, which end later than a stop
};

}  // namespace fastness::http_server
