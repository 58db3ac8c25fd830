#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/secret/system_random.h"
#include "http_server/server.h"
#include "telemetry/testing/captured_log.h"
#include "tls/testing/authority.h"

namespace fastness::http_server::testing {

// Whom the server believes; see its Services and net::Listener::Options.
struct Proxies {
  Networks forwarded_for = {};
  Networks proxy_protocol = {};
};

// A server with its two loops on threads of their own, on free ports of the loopback interface.
class RunningServer {
 public:
  explicit RunningServer(http::Handler handler, Limits limits = {}, Assets console = {},
                         const std::string& admin_path = {},
                         std::optional<MetricsToken> metrics_token = {}, http::Inspect inspect = {},
                         Proxies proxies = {});
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  // Asks the server to stop; returns when it has.
  void stop();
  // Asks only.
  void begin_stop();
  void wait_stopped();

  // The value of the Host field that the plaintext listener wants.
  [[nodiscard]] std::string host() const;

  net::Endpoint plain;
  net::Endpoint secure;
  tls::testing::Authority authority;
  telemetry::testing::CapturedLog log;
  telemetry::Registry registry;
  net::EventLoop control{"control"};

 private:
  SystemClock clock_;
  crypto::SystemRandom random_;
  net::EventLoop web_{"web"};
  std::optional<Server> server_;
  std::shared_ptr<std::atomic<bool>> stopped_ = std::make_shared<std::atomic<bool>>(false);
};

// A handler that answers with method, path and body.
void echo(const http::Request& request, http::Responder respond);

// A GET request to `server`'s plaintext listener; each of `fields` ends with CRLF.
[[nodiscard]] std::string get(const RunningServer& server, std::string_view path,
                              std::string_view fields = "");

// One request over TLS, by `credential` if that is given; everything the server sent until it
// closed. `preface` goes before the handshake, in plain.
[[nodiscard]] std::string over_tls(const RunningServer& server, const std::string& request,
                                   const tls::Credential* credential = nullptr,
                                   std::string_view preface = "");

}  // namespace fastness::http_server::testing
