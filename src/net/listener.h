#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/network.h"
#include "base/result.h"
#include "net/connection_limits.h"
#include "net/endpoint.h"
#include "net/loop.h"
#include "net/socket.h"

namespace fastness::net {

// A connection that was accepted and counted. Nonblocking, TCP_NODELAY.
struct Accepted {
  Socket socket;
  Endpoint remote;              // an IPv4 caller is IPv4 here even on a dual-stack socket
  ConnectionLimits::Slot slot;  // destroy it when the connection ends
  bool is_by_proxy = false;     // `remote` is who a proxy says it is
};

// `unavailable` if another program listens there. A port that is to be shared by our own loops must
// be checked first: the kernel would share it with any other program of the same user as well.
[[nodiscard]] Result<void> check_port_is_free(const Endpoint& endpoint);

// Accepts TCP connections on one address for one loop. Several loops may listen on one address and
// port (`share_port`): the kernel then spreads callers over them, and each connection stays on the
// loop that accepted it. Lives on that loop; `bind` and the destructor are for any thread while the
// loop is not running.
class Listener {
 public:
  struct Options {
    bool share_port = false;          // SO_REUSEPORT
    double accepts_per_second = 500;  // a TLS handshake is the dearest thing a stranger can ask for
    double accept_burst = 1'000;
    int backlog = 4'096;

    // Who passes connections on, and begins each with a PROXY header that says whose it is. One
    // without is closed: these proxies speak for others, and nobody is to be taken for them.
    Networks proxies = {};
    std::chrono::milliseconds proxy_header{1'000 * fixed_limit("proxies.header_seconds")};
    std::size_t max_waiting_for_proxy = fixed_limit("proxies.waiting");
  };

  // What to do with each connection; runs on the loop.
  using OnAccept = std::function<void(Accepted)>;

  // Binds and listens, but accepts nobody yet. `unavailable` if the address cannot be bound.
  // `loop` and `clock` must outlive the listener.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> bind(
      Loop& loop, const Endpoint& endpoint, const Options& options,
      std::shared_ptr<ConnectionLimits> limits, const Clock& clock);

  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Begins to accept. A caller beyond the limits is closed at once, before a byte is read.
  void start(OnAccept on_accept);

  // Refuses new connections; those that were accepted go on. On the loop's thread.
  void stop();

  // Leaves callers in the kernel's queue until `release`. On the loop's thread.
  void hold();
  void release();

  // Where it listens; the port that the kernel chose if 0 was asked for.
  [[nodiscard]] Endpoint endpoint() const;

  // Connections closed because a limit was reached. Thread-safe.
  [[nodiscard]] std::uint64_t refused() const;

 private:
  class Acceptor;
  explicit Listener(std::shared_ptr<Acceptor> acceptor) : acceptor_(std::move(acceptor)) {}

  std::shared_ptr<Acceptor> acceptor_;  // shared with a timer that may run later
};

}  // namespace fastness::net
