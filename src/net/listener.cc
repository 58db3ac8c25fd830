#include "net/listener.h"

#include <atomic>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/token_bucket.h"

namespace fastness::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

error_code bind_to(tcp::acceptor& acceptor, const Endpoint& endpoint, bool share_port) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && share_port) acceptor.set_option(ReusePort(true), error);
  if (!error && endpoint.address().is_v6()) {
    acceptor.set_option(asio::ip::v6_only(false), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  return error;
}

Unexpected<Error> cannot_listen(const Endpoint& endpoint, const error_code& error) {
  const char* advice = error == asio::error::address_in_use
                           ? "; another program has this port: stop it, or choose another in the "
                             "settings listen.*"
                           : "";
  return fail(Errc::unavailable,
              "cannot listen on " + to_text(endpoint) + ": " + error.message() + advice);
}

// How long to leave the queue alone when the process has run out of descriptors.
constexpr std::chrono::milliseconds kExhaustedPause{100};

}  // namespace

Result<void> check_port_is_free(const Endpoint& endpoint) {
  asio::io_context nobody;
  tcp::acceptor probe(nobody);
  const error_code error = bind_to(probe, endpoint, false);
  if (error) return cannot_listen(endpoint, error);
  return {};
}

// The acceptor and what its handlers need.
class Listener::Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(EventLoop& loop, Listener::Options options, std::shared_ptr<ConnectionLimits> limits,
           const Clock& clock)
      : acceptor_(loop.context()),
        timer_(loop.context()),
        bucket_(options.accepts_per_second, options.accept_burst),
        limits_(std::move(limits)),
        clock_(clock) {}

  Result<void> bind(const Endpoint& endpoint, const Listener::Options& options) {
    error_code error = bind_to(acceptor_, endpoint, options.share_port);
    if (!error) acceptor_.listen(options.backlog, error);
    if (!error) endpoint_ = acceptor_.local_endpoint(error);
    if (!error) return {};
    return cannot_listen(endpoint, error);
  }

  void start(Listener::OnAccept on_accept) {
    on_accept_ = std::move(on_accept);
    accept();
  }

  void stop() {
    error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
  }

  [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  void accept() {
    acceptor_.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
      self->accepted(error, std::move(socket));
    });
  }

  void accepted(error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (!error) admit(std::move(socket));
    const bool exhausted = error == asio::error::no_descriptors ||
                           error == asio::error::no_memory ||
                           error == asio::error::no_buffer_space ||
                           error == boost::system::errc::too_many_files_open_in_system;
    accept_after(exhausted ? kExhaustedPause : next_accept());
  }

  void admit(tcp::socket socket) {
    error_code error;
    Endpoint remote = socket.remote_endpoint(error);
    if (error) return;  // the caller has left already
    remote.address(unmapped(remote.address()));

    auto slot = limits_->take(remote.address());
    if (!slot) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    socket.non_blocking(true, error);
    if (!error) socket.set_option(tcp::no_delay(true), error);
    if (!error) on_accept_({std::move(socket), remote, std::move(*slot)});
  }

  // Takes the token of the connection to come, so that waiting happens while nobody is held up
  // half-accepted: callers stay in the kernel's queue.
  SteadyTime::duration next_accept() {
    const SteadyTime now = clock_.steady();
    const auto wait = bucket_.wait(now);
    (void)bucket_.take(now + wait);
    return wait;
  }

  void accept_after(SteadyTime::duration wait) {
    if (wait == SteadyTime::duration::zero()) return accept();
    timer_.expires_after(wait);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error && self->acceptor_.is_open()) self->accept();
    });
  }

  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  TokenBucket bucket_;
  std::shared_ptr<ConnectionLimits> limits_;  // shared with the listeners of the other loops
  const Clock& clock_;
  Listener::OnAccept on_accept_;
  Endpoint endpoint_;
  std::atomic<std::uint64_t> refused_{0};
};

Result<std::unique_ptr<Listener>> Listener::bind(EventLoop& loop, const Endpoint& endpoint,
                                                 Options options,
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

Endpoint Listener::endpoint() const {
  return acceptor_->endpoint();
}

std::uint64_t Listener::refused() const {
  return acceptor_->refused();
}

}  // namespace fastness::net
