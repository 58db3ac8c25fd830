#include "net/listener.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "net/proxied_callers.h"
#include "net/token_bucket.h"

namespace fastness::net {
namespace {

// How long to leave the queue alone when the process has run out of descriptors.
constexpr std::chrono::milliseconds kExhaustedPause{100};

// Callers taken in one turn, so that those who are in already have theirs.
constexpr int kAcceptsPerTurn = 16;

bool set_option(const Socket& socket, int level, int option, int value) {
  return ::setsockopt(socket.descriptor(), level, option, &value, sizeof value) == 0;
}

// A bound socket, or none and `errno`.
Socket bound_to(const Endpoint& endpoint, bool share_port) {
  const bool is_v6 = endpoint.address().is_v6();
  Socket socket(
      ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const bool is_bound =
      socket.is_open() && set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1) &&
      (!share_port || set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1)) &&
      (!is_v6 || set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0)) &&
      ::bind(socket.descriptor(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
  return is_bound ? std::move(socket) : Socket();
}

Unexpected<Error> cannot_listen(const Endpoint& endpoint, int error) {
  const char* advice = error == EADDRINUSE
                           ? "; another program has this port: stop it, or choose another in the "
                             "settings listen.*"
                           : "";
  return fail(Errc::unavailable, "cannot listen on " + to_text(endpoint) + ": " +
                                     std::generic_category().message(error) + advice);
}

}  // namespace

Result<void> check_port_is_free(const Endpoint& endpoint) {
  if (!bound_to(endpoint, false).is_open()) return cannot_listen(endpoint, errno);
  return {};
}

// The listening socket and what it needs.
class Listener::Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(Loop& loop, const Listener::Options& options, std::shared_ptr<ConnectionLimits> limits,
           const Clock& clock)
      : loop_(loop),
        bucket_(options.accepts_per_second, options.accept_burst),
        limits_(std::move(limits)),
        clock_(clock),
        proxies_(options.proxies),
        proxied_(ProxiedCallers::create(loop, options.proxy_header, options.max_waiting_for_proxy,
                                        {[this](Socket socket, const Endpoint& remote) {
                                           admit(std::move(socket), remote, true);
                                         },
                                         [this] { refuse_proxy(); }})) {}

  Result<void> bind(const Endpoint& endpoint, const Listener::Options& options) {
    socket_ = bound_to(endpoint, options.share_port);
    socklen_t size = static_cast<socklen_t>(endpoint_.capacity());
    // Connections inherit the option from the socket that they came by: no system call for each.
    const bool listens = socket_.is_open() && set_option(socket_, IPPROTO_TCP, TCP_NODELAY, 1) &&
                         ::listen(socket_.descriptor(), options.backlog) == 0 &&
                         ::getsockname(socket_.descriptor(), endpoint_.data(), &size) == 0;
    if (!listens) return cannot_listen(endpoint, errno);
    endpoint_.resize(size);
    return {};
  }

  void start(Listener::OnAccept on_accept) {
    on_accept_ = std::move(on_accept);
    update_watch();
  }

  void stop() {
    watch(false);
    socket_.close();
    proxied_->close_all();
  }

  void hold() {
    is_held_ = true;
    update_watch();
  }

  void release() {
    is_held_ = false;
    update_watch();
  }

  [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  void update_watch() { watch(on_accept_ && socket_.is_open() && !is_held_ && !is_pausing_); }

  void watch(bool wanted) {
    if (wanted == is_watched_) return;
    if (wanted) {
      is_watched_ = loop_.watch(socket_.descriptor(), [this] { accept_ready(); });
      if (!is_watched_) pause(kExhaustedPause);
    } else {
      loop_.unwatch(socket_.descriptor());
      is_watched_ = false;
    }
  }

  void accept_ready() {
    for (int i = 0; i < kAcceptsPerTurn && is_watched_; ++i) {
      // Who waits for a token does so in the kernel's queue, where nobody is half-accepted.
      const auto wait = bucket_.wait(clock_.steady());
      if (wait != SteadyTime::duration::zero()) return pause(wait);
      if (!accept_next()) return;
    }
  }

  // False if there is nobody to accept now.
  bool accept_next() {
    Endpoint remote;
    socklen_t size = static_cast<socklen_t>(remote.capacity());
    Socket socket(
        ::accept4(socket_.descriptor(), remote.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.is_open()) {
      remote.resize(size);
      remote.address(unmapped(remote.address()));
      (void)bucket_.take(clock_.steady());
      receive(std::move(socket), remote);
      return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      limits_->note(ConnectionLimits::Refusal::no_descriptor);
      pause(kExhaustedPause);
      return false;
    }
    // Whatever else went wrong is that caller's own: who has left, a network that broke
    // (accept(2)).
    return errno != EAGAIN && errno != EWOULDBLOCK && errno != EBADF && errno != EINVAL;
  }

  void receive(Socket socket, const Endpoint& remote) {
    const bool is_proxy = !proxies_.empty() && any_has(proxies_, remote.address().to_string());
    if (is_proxy) return proxied_->receive(std::move(socket), remote);
    admit(std::move(socket), remote, false);
  }

  void admit(Socket socket, const Endpoint& remote, bool is_by_proxy) {
    auto slot = limits_->take(remote.address(), clock_.steady());
    if (!slot) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    on_accept_({std::move(socket), remote, std::move(*slot), is_by_proxy});
  }

  void refuse_proxy() {
    refused_.fetch_add(1, std::memory_order_relaxed);
    limits_->note(ConnectionLimits::Refusal::no_proxy_header);
  }

  void pause(SteadyTime::duration wait) {
    is_pausing_ = true;
    update_watch();
    loop_.call_after(wait, [self = shared_from_this()] {
      self->is_pausing_ = false;
      self->update_watch();
    });
  }

  Loop& loop_;
  Socket socket_;
  TokenBucket bucket_;
  std::shared_ptr<ConnectionLimits> limits_;  // shared with the listeners of the other loops
  const Clock& clock_;
  const Networks proxies_;
  const std::shared_ptr<ProxiedCallers> proxied_;  // shared with timers of its own
  Listener::OnAccept on_accept_;
  Endpoint endpoint_;
  bool is_watched_ = false;
  bool is_held_ = false;
  bool is_pausing_ = false;  // until a timer ends it
  std::atomic<std::uint64_t> refused_{0};
};

Result<std::unique_ptr<Listener>> Listener::bind(Loop& loop, const Endpoint& endpoint,
                                                 const Options& options,
                                                 std::shared_ptr<ConnectionLimits> limits,
                                                 const Clock& clock) {
  auto acceptor = std::make_shared<Acceptor>(loop, options, std::move(limits), clock);
  FASTNESS_RETURN_IF_ERROR(acceptor->bind(endpoint, options));
  return std::unique_ptr<Listener>(new Listener(std::move(acceptor)));
}

Listener::~Listener() {
  acceptor_->stop();
}

void Listener::start(OnAccept on_accept) {
  acceptor_->start(std::move(on_accept));
}

void Listener::stop() {
  acceptor_->stop();
}

void Listener::hold() {
  acceptor_->hold();
}

void Listener::release() {
  acceptor_->release();
}

Endpoint Listener::endpoint() const {
  return acceptor_->endpoint();
}

std::uint64_t Listener::refused() const {
  return acceptor_->refused();
}

}  // namespace fastness::net
