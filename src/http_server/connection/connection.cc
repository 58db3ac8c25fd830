// One HTTP connection: a coroutine on the web loop that reads a request, has it answered on the
// control loop, and writes the response, until either side has had enough.

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include "http_server/connection/core.h"
#include "http_server/connection/mailbox.h"
#include "http_server/connection/web_socket.h"
#include "http_server/wire/beast_request.h"
#include "http_server/wire/framing.h"
#include "http_server/wire/refusal_text.h"
#include "http_server/wire/response_text.h"
#include "http_server/wire/security_headers.h"

namespace fastness::http_server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::awaitable;
using http::Response;
using http::Status;

// A response leaves in slices, so that a slow but living reader is told apart from a dead one.
constexpr std::size_t kSlice = 64 * 1024;

// What is read and thrown away after the last response.
constexpr std::size_t kMaxLingered = 256 * 1024;
constexpr std::chrono::milliseconds kLinger{1'000};

// Somebody wanted what they may not have. Whoever looks for an attack looks for these.
bool is_refusal(Status status) {
  return status == Status::unauthorized || status == Status::forbidden ||
         status == Status::too_many_requests;
}

class Connection final : public Member, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Server::Core> core, tls::AsyncStream stream, http::Peer peer,
             net::ConnectionLimits::Slot slot, unsigned port)
      : core_(std::move(core)),
        slot_(std::move(slot)),
        peer_(std::move(peer)),
        port_(port),
        stream_(std::move(stream)),
        deadline_(core_->web.context()),
        buffer_(core_->limits.max_header_bytes + kSlice) {
    core_->join(*this);
    core_->probe.connection_opened();
  }

  ~Connection() override {
    core_->probe.connection_closed();
    core_->leave(*this);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The frame of this coroutine keeps the connection alive.
  static awaitable<void> run(std::shared_ptr<Connection> self) {
    if (!co_await self->shake_hands()) co_return;
    Next next = Next::request;
    for (std::size_t served = 0; next == Next::request; ++served) {
      self->is_last_ = served + 1 >= self->core_->limits.requests_per_connection;
      next = co_await self->serve_one();
    }
    if (next == Next::goodbye) co_await self->say_goodbye();
    self->deadline_.cancel();
  }

  [[nodiscard]] tls::AsyncStream::executor_type executor() { return stream_.get_executor(); }

  void retire() override {
    retiring_ = true;
    if (idle_) stream_.close();
  }
  void cut() override { stream_.close(); }

 private:
  enum class Arrival { whole, refused, gone };

  // What is to happen on the connection after a request.
  enum class Next { request, goodbye, nothing };

  awaitable<bool> shake_hands() {
    expire_after(core_->limits.handshake);
    const auto [error] = co_await stream_.async_handshake(kAwait);
    if (error) {
      core_->probe.handshake_failed();
      core_->log.info("handshake_failed",
                      {{"remote", peer_.address}, {"reason", stream_.tls()->failure()}});
      co_return false;
    }
    if (stream_.tls()) peer_.leaf_digest = stream_.tls()->peer_digest();
    co_return true;
  }

  awaitable<Next> serve_one() {
    incoming_.emplace(core_->limits);
    caller_ = peer_;
    const Arrival arrival = co_await read_request();
    if (arrival == Arrival::gone) co_return Next::nothing;
    started_ = core_->services.clock.steady();
    id_ = core_->new_request_id();
    if (arrival == Arrival::refused) {
      take_refusal();
    } else {
      keep_alive_ = incoming_->keeps_alive() && !is_last_;
      request_ = incoming_->finish();
      request_.peer = caller_;
      request_.id = id_;
      response_ = {};
      co_await answer();
      if (response_.upgrade) co_return upgrade();
    }
    keep_alive_ = keep_alive_ && !retiring_;
    if (!co_await respond()) co_return Next::nothing;
    co_return keep_alive_ ? Next::request : Next::goodbye;
  }

  // Says why a request was not read to its end.
  void take_refusal() {
    request_ = incoming_->request();
    keep_alive_ = false;
    response_ = Response::text(*refusal_, refusal_text(*refusal_, core_->limits));
    if (refusal_ == Status::too_many_requests) response_.headers.set("retry-after", "1");
  }

  // Ends the stream properly, then reads what the client was still sending, so that closing does
  // not destroy the response on its way (RFC 9112, 9.6).
  awaitable<void> say_goodbye() {
    expire_after(kLinger);
    co_await stream_.async_shutdown(kAwait);
    for (std::size_t lingered = 0; lingered < kMaxLingered; lingered += buffer_.size()) {
      buffer_.consume(buffer_.size());
      if (!co_await read_more()) break;
    }
  }

  // --- reading ----------------------------------------------------------------------------------

  awaitable<Arrival> read_request() {
    const Arrival header = co_await read_header();
    if (header != Arrival::whole) co_return header;
    if (refusal_ = find_caller(); refusal_) co_return Arrival::refused;
    if (refusal_ = check_caller(); refusal_) co_return Arrival::refused;
    co_return co_await read_body();
  }

  awaitable<Arrival> read_header() {
    refusal_.reset();
    idle_ = buffer_.size() == 0;
    expire_after(idle_ ? core_->limits.idle : core_->limits.request);
    while (true) {
      if (const auto end = find_header_end(unread())) co_return take_header(*end);
      if (buffer_.size() >= core_->limits.max_header_bytes) {
        refusal_ = Status::header_fields_too_large;
        co_return Arrival::refused;
      }
      if (retiring_ && idle_) co_return Arrival::gone;
      if (!co_await read_more()) co_return Arrival::gone;
      if (std::exchange(idle_, false)) expire_after(core_->limits.request);
    }
  }

  awaitable<bool> read_more() {
    constexpr std::size_t kStep = 4 * 1024;
    const auto [error, size] = co_await stream_.async_read_some(buffer_.prepare(kStep), kAwait);
    buffer_.commit(size);
    co_return !error;
  }

  Arrival take_header(std::size_t size) {
    if (size > core_->limits.max_header_bytes) {
      refusal_ = Status::header_fields_too_large;
      return Arrival::refused;
    }
    refusal_ = incoming_->take_header(unread().substr(0, size));
    buffer_.consume(size);
    return refusal_ ? Arrival::refused : Arrival::whole;
  }

  std::optional<Status> find_caller() {
    auto caller = core_->caller_of(incoming_->request(), peer_);
    if (!caller) return Status::bad_request;
    caller_ = std::move(caller).value();
    return std::nullopt;
  }

  // What can be said before a body is read.
  std::optional<Status> check_caller() {
    const http::Request& request = incoming_->request();
    if (peer_.channel == http::Channel::loopback) {
      constexpr unsigned kDefaultPort = 80;
      const bool is_us =
          request.host.name == "localhost" && request.host.port.value_or(kDefaultPort) == port_;
      if (!is_us) return Status::misdirected_request;
    }
    const bool is_paced = caller_.channel == http::Channel::tls && !Server::Core::is_local(caller_);
    if (is_paced && !core_->rates.take(caller_.address, core_->services.clock.steady())) {
      return Status::too_many_requests;
    }
    return std::nullopt;
  }

  awaitable<Arrival> read_body() {
    if (incoming_->expects_continue() && !incoming_->parser().is_done()) {
      if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n")) co_return Arrival::gone;
    }
    if (incoming_->parser().is_done()) co_return Arrival::whole;
    const auto [error, size] =
        co_await beast::http::async_read(stream_, buffer_, incoming_->parser(), kAwait);
    if (!error) co_return Arrival::whole;
    if (error == beast::http::error::body_limit) refusal_ = Status::content_too_large;
    if (error.category() ==
        beast::http::make_error_code(beast::http::error::bad_chunk).category()) {
      refusal_ = refusal_.value_or(Status::bad_request);
    }
    const bool was_cut = error == beast::http::error::partial_message;
    co_return refusal_ && !was_cut ? Arrival::refused : Arrival::gone;
  }

  std::string_view unread() const {
    return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
  }

  // --- answering --------------------------------------------------------------------------------

  awaitable<void> answer() {
    const bool is_inspected =
        core_->services.inspect != nullptr && peer_.channel != http::Channel::admin;
    if (!is_inspected && answer_here()) co_return;
    if (core_->requests_in_hand >= core_->limits.max_requests_at_once) {
      response_ = Response::text(Status::service_unavailable,
                                 refusal_text(Status::service_unavailable, core_->limits));
      response_.headers.set("retry-after", "1");
      co_return;
    }
    deadline_.cancel();
    ++core_->requests_in_hand;
    bool goes_on = true;  // not by `&&`, as below
    if (is_inspected) goes_on = co_await pass_inspection();
    if (goes_on && is_inspected) goes_on = !answer_here();
    if (goes_on) co_await ask_control();
    --core_->requests_in_hand;
  }

  bool answer_here() {
    auto here = core_->answer_here(request_);
    if (here) response_ = std::move(*here);
    return here.has_value();
  }

  // Whether the request may be served; else `response_` is the refusal.
  awaitable<bool> pass_inspection() {
    remember_for_log();
    const auto inspected = std::make_shared<http::Inspected>(http::Inspected{
        std::move(request_), std::string(incoming_->target()), incoming_->is_head()});
    using Verdict = std::optional<Response>;
    const auto mailbox = std::make_shared<Mailbox<Verdict>>(core_->web.context());
    core_->services.inspect(
        inspected, [gate = core_->gate, address = std::weak_ptr(mailbox)](Verdict verdict) {
          gate->post([address, verdict = std::move(verdict)]() mutable {
            if (const auto found = address.lock()) found->put(std::move(verdict));
          });
        });
    auto verdict = co_await mailbox->take(core_->limits.answer);
    if (!verdict) {
      response_ = Response::empty(Status::service_unavailable);
      co_return false;
    }
    if (*verdict) {
      response_ = std::move(**verdict);
      co_return false;
    }
    request_ = std::move(inspected->request);
    co_return true;
  }

  awaitable<void> ask_control() {
    const auto mailbox = std::make_shared<Mailbox<Response>>(core_->web.context());
    http::Responder responder(
        [gate = core_->gate, address = std::weak_ptr(mailbox)](Response response) {
          gate->post([address, response = std::move(response)]() mutable {
            if (const auto found = address.lock()) found->put(std::move(response));
          });
        });
    remember_for_log();
    core_->services.control.post(
        [core = core_, request = std::move(request_), responder = std::move(responder)]() mutable {
          core->services.handle(std::move(request), std::move(responder));
        });
    auto response = co_await mailbox->take(core_->limits.answer);
    if (response) {
      response_ = std::move(*response);
    } else {
      response_ = Response::empty(Status::service_unavailable);
    }
  }

  void remember_for_log() {
    method_ = request_.method;
    path_ = request_.path;
    host_ = request_.host;
    wants_socket_ = request_.wants_socket();
  }

  // --- writing ----------------------------------------------------------------------------------

  awaitable<bool> respond() {
    if (path_.empty()) remember_for_log();
    add_security_headers(response_, peer_.channel, host_, core_->services.hsts_subdomains);
    response_.headers.set("x-request-id", id_);
    bool sent = false;  // not by `?:`, whose awaitables g++ 12 destroys twice
    if (response_.source) {
      sent = co_await send_source();
    } else {
      sent = co_await send_body();
    }
    log_request();
    path_.clear();
    co_return sent;
  }

  awaitable<bool> send_body() {
    const bool has_body = !incoming_->is_head() && !http::is_bodyless(response_.status);
    HeadOptions options;
    options.length = response_.body.size();
    options.keep_alive = keep_alive_;
    options.now = core_->services.clock.now();
    head_ = response_head(response_, options);
    if (!has_body) response_.body.clear();

    std::string_view body = response_.body;
    const std::string_view first = body.substr(0, kSlice);
    if (!co_await write_both(head_, first)) co_return false;
    for (body.remove_prefix(first.size()); !body.empty();) {
      const std::string_view slice = body.substr(0, kSlice);
      if (!co_await write(slice)) co_return false;
      body.remove_prefix(slice.size());
    }
    co_return true;
  }

  awaitable<bool> send_source() {
    constexpr int kHttp11 = 11;
    const bool chunked = incoming_->version() >= kHttp11;
    if (!chunked) keep_alive_ = false;
    HeadOptions options;
    options.framing = chunked ? Framing::chunked : Framing::until_close;
    options.keep_alive = keep_alive_;
    options.now = core_->services.clock.now();
    head_ = response_head(response_, options);
    if (!co_await write(head_)) co_return false;
    if (incoming_->is_head()) co_return true;
    while (true) {
      auto part = co_await ask_source();
      if (!part || !*part) co_return false;  // cut: the client sees that the body has no end
      if (!(*part)->has_value()) break;
      slice_ = std::move(*part->value());
      if (slice_.empty()) continue;
      if (chunked) slice_ = chunk(slice_);
      if (!co_await write(slice_)) co_return false;
    }
    if (!chunked) co_return true;
    co_return co_await write("0\r\n\r\n");
  }

  awaitable<std::optional<http::BodyPart>> ask_source() {
    const auto mailbox = std::make_shared<Mailbox<http::BodyPart>>(core_->web.context());
    core_->services.control.post(
        [gate = core_->gate, source = response_.source, address = std::weak_ptr(mailbox)] {
          source([gate, address](http::BodyPart part) {
            gate->post([address, part = std::move(part)]() mutable {
              if (const auto found = address.lock()) found->put(std::move(part));
            });
          });
        });
    co_return co_await mailbox->take(core_->limits.answer);
  }

  awaitable<bool> write(std::string_view bytes) { return write_both(bytes, {}); }

  awaitable<bool> write_both(std::string_view head, std::string_view body) {
    expire_after(core_->limits.write);
    const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head), asio::buffer(body)};
    const auto [error, size] = co_await asio::async_write(stream_, buffers, kAwait);
    co_return !error;
  }

  Next upgrade() {
    const bool is_asked = wants_socket_ && !retiring_ && buffer_.size() == 0;
    if (!is_asked) return Next::goodbye;
    deadline_.cancel();
    response_.status = Status::switching_protocols;
    log_request();
    http::SocketUpgrade wanted = std::move(*response_.upgrade);
    add_security_headers(response_, peer_.channel, host_, core_->services.hsts_subdomains);
    open_web_socket(core_, std::move(stream_), incoming_->parser().release(),
                    std::move(response_.headers), std::move(wanted), std::move(slot_));
    return Next::nothing;
  }

  // --- around it --------------------------------------------------------------------------------

  // Closes the connection unless something happens first.
  void expire_after(std::chrono::milliseconds time) {
    deadline_.expires_after(time);
    deadline_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      if (error) return;
      if (const auto self = weak.lock()) self->stream_.close();
    });
  }

  // Never the query, which may hold what is not for a log, and no header.
  void log_request() {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
        core_->services.clock.steady() - started_);
    core_->probe.answered(response_.status, took);
    const auto write = http::to_number(response_.status) >= 500 ? &telemetry::Log::warning
                       : is_refusal(response_.status)           ? &telemetry::Log::info
                                                                : &telemetry::Log::debug;
    (core_->log.*write)("request", {{"method", http::to_text(method_)},
                                    {"path", path_},
                                    {"status", http::to_number(response_.status)},
                                    {"us", took.count()},
                                    {"remote", caller_.address},
                                    {"id", id_}});
  }

  std::shared_ptr<Server::Core> core_;  // shared with the server and its other connections
  net::ConnectionLimits::Slot slot_;
  http::Peer peer_;
  const unsigned port_;
  tls::AsyncStream stream_;
  asio::steady_timer deadline_;
  beast::flat_buffer buffer_;
  bool idle_ = true;
  bool retiring_ = false;
  bool is_last_ = false;  // no request is served after this one

  // Of the request in hand.
  std::optional<IncomingRequest> incoming_;
  http::Peer caller_;  // who it is from, which need not be who holds the connection
  std::optional<Status> refusal_;
  http::Request request_;
  Response response_;
  bool keep_alive_ = false;
  bool wants_socket_ = false;
  SteadyTime started_;
  std::string id_;
  std::string path_;
  http::Method method_ = http::Method::get;
  http::Host host_;
  std::string head_;
  std::string slice_;
};

}  // namespace

void serve_connection(std::shared_ptr<Server::Core> core, tls::AsyncStream stream, http::Peer peer,
                      net::ConnectionLimits::Slot slot, unsigned port) {
  const auto connection = std::make_shared<Connection>(std::move(core), std::move(stream),
                                                       std::move(peer), std::move(slot), port);
  asio::co_spawn(connection->executor(), Connection::run(connection), asio::detached);
}

}  // namespace fastness::http_server
