#include "http_server/connection/web_socket.h"

#include <atomic>
#include <deque>
#include <optional>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace fastness::http_server {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using beast::error_code;

// A silent peer is pinged after half of this and given up after the whole.
constexpr std::chrono::seconds kIdle{60};

// What is read and thrown away after the end.
constexpr std::chrono::seconds kLingerAfterClose{1};
constexpr std::size_t kMaxAfterClose = 512 * 1024;

// Bytes queued and not sent, counted by both of the classes below.
using Unsent = std::shared_ptr<std::atomic<std::size_t>>;

// The connection itself. Lives on the web loop and keeps itself alive until its end.
class SocketConnection final : public Member,
                               public std::enable_shared_from_this<SocketConnection> {
 public:
  using Post = http::WebSocket::Post;
  using Events = http::WebSocket::Events;

  SocketConnection(std::shared_ptr<Server::Core> core, tls::AsyncStream stream,
                   http::SocketUpgrade upgrade, net::ConnectionLimits::Slot slot)
      : core_(std::move(core)),
        slot_(std::move(slot)),
        upgrade_(std::move(upgrade)),
        stream_(std::move(stream)),
        patience_(core_->web.context()) {
    core_->join(*this);
    core_->probe.socket_opened();
  }
  ~SocketConnection() override = default;
  SocketConnection(const SocketConnection&) = delete;
  SocketConnection& operator=(const SocketConnection&) = delete;

  void accept(BeastRequest request, http::Headers headers);
  void start(Post post, Events events);
  void read();
  void enqueue(std::string message);
  void close_after_queue(http::CloseCode code) { close_after_queue(code, core_->limits.handshake); }

  void retire() override { close_after_queue(http::CloseCode::going_away); }
  void cut() override {
    end();
    close_socket();
  }

 private:
  void set_options(http::Headers headers);
  void close_after_queue(http::CloseCode code, std::chrono::milliseconds patience);
  void read_more();
  void take_piece();
  void expect_the_rest();
  void tell_opened();
  void tell_message();
  void tell_sent();
  void tell_closed();
  void write();
  void written();
  void say_goodbye();
  void end();
  void linger();
  void close_socket() { beast::get_lowest_layer(stream_).close(); }

  std::shared_ptr<Server::Core> core_;  // shared with the server and its other connections
  net::ConnectionLimits::Slot slot_;
  http::SocketUpgrade upgrade_;
  websocket::stream<tls::AsyncStream> stream_;
  BeastRequest handshake_;
  beast::flat_buffer input_;
  std::deque<std::string> queue_;
  Unsent unsent_ = std::make_shared<std::atomic<std::size_t>>(0);
  Post post_;
  std::shared_ptr<const Events> events_;  // shared with what was posted to the receiver
  std::shared_ptr<SocketConnection> self_;
  std::optional<http::CloseCode> closing_;
  // With whom is being waited for: the rest of a message, then a goodbye, then an end.
  boost::asio::steady_timer patience_;
  std::size_t lingered_ = 0;
  bool reading_ = false;
  bool is_arriving_ = false;  // a message of which something has come
  bool ended_ = false;
};

// What the receiver holds, on whatever thread: it carries calls to the web loop, and only there
// looks whether the connection still is. Dropping it closes the connection.
class SocketHandle final : public http::WebSocket {
 public:
  SocketHandle(std::shared_ptr<net::LoopGate> gate, std::weak_ptr<SocketConnection> connection,
               Unsent unsent)
      : gate_(std::move(gate)), connection_(std::move(connection)), unsent_(std::move(unsent)) {}
  // It throws only when memory is out, and then there is nothing better than to end.
  ~SocketHandle() override { close(http::CloseCode::normal); }  // NOLINT(bugprone-exception-escape)
  SocketHandle(const SocketHandle&) = delete;
  SocketHandle& operator=(const SocketHandle&) = delete;

  void start(Post post, Events events) override {
    carry([post = std::move(post), events = std::move(events)](SocketConnection& socket) mutable {
      socket.start(std::move(post), std::move(events));
    });
  }

  void receive() override {
    carry([](SocketConnection& socket) { socket.read(); });
  }

  void send(std::string message) override {
    unsent_->fetch_add(message.size(), std::memory_order_relaxed);
    carry([message = std::move(message)](SocketConnection& socket) mutable {
      socket.enqueue(std::move(message));
    });
  }

  [[nodiscard]] std::size_t unsent() const override {
    return unsent_->load(std::memory_order_relaxed);
  }

  void close(http::CloseCode code) override {
    carry([code](SocketConnection& socket) { socket.close_after_queue(code); });
  }

 private:
  template <typename Call>
  void carry(Call call) {
    gate_->post([connection = connection_, call = std::move(call)]() mutable {
      if (const auto socket = connection.lock()) call(*socket);
    });
  }

  std::shared_ptr<net::LoopGate> gate_;  // shared with the server and its other handles
  std::weak_ptr<SocketConnection> connection_;
  Unsent unsent_;
};

void SocketConnection::accept(BeastRequest request, http::Headers headers) {
  self_ = shared_from_this();
  set_options(std::move(headers));
  handshake_ = std::move(request);
  stream_.async_accept(handshake_, [self = self_](error_code error) {
    self->handshake_ = {};
    if (error) return self->end();
    self->tell_opened();
  });
}

void SocketConnection::set_options(http::Headers headers) {
  stream_.set_option(websocket::stream_base::timeout{core_->limits.handshake, kIdle, true});
  stream_.read_message_max(upgrade_.max_message);
  stream_.auto_fragment(false);
  stream_.binary(upgrade_.kind == http::SocketUpgrade::Kind::binary);
  stream_.set_option(websocket::stream_base::decorator(
      [headers = std::move(headers),
       protocol = upgrade_.protocol](websocket::response_type& response) {
        for (const auto& field : headers.fields()) response.set(field.name, field.value);
        if (!protocol.empty()) response.set(beast::http::field::sec_websocket_protocol, protocol);
      }));
}

void SocketConnection::tell_opened() {
  const auto opened = std::exchange(upgrade_.opened, nullptr);
  opened(std::make_shared<SocketHandle>(core_->gate, weak_from_this(), unsent_));
}

void SocketConnection::start(Post post, Events events) {
  post_ = std::move(post);
  events_ = std::make_shared<const Events>(std::move(events));
  if (ended_) tell_closed();
}

void SocketConnection::read() {
  if (reading_ || ended_) return;
  reading_ = true;
  read_more();
}

// Piece by piece, to know when a message begins. Empty fragments are no pieces; who sends nothing
// else costs no more than who pings.
void SocketConnection::read_more() {
  constexpr std::size_t kAsMuchAsThereIs = 0;
  stream_.async_read_some(input_, kAsMuchAsThereIs,
                          [self = shared_from_this()](error_code error, std::size_t) {
                            if (!error) return self->take_piece();
                            self->reading_ = false;
                            self->end();
                          });
}

void SocketConnection::take_piece() {
  if (!stream_.is_message_done()) {
    if (closing_) return;  // whoever closes reads what follows, and throws it away
    expect_the_rest();
    return read_more();
  }
  reading_ = false;
  if (std::exchange(is_arriving_, false)) patience_.cancel();
  // MQTT is spoken in binary messages alone (MQTT 5.0, 6).
  const bool is_binary = upgrade_.kind == http::SocketUpgrade::Kind::binary;
  if (is_binary && !stream_.got_binary()) {
    return close_after_queue(http::CloseCode::unsupported_data);
  }
  tell_message();
}

// A message that has begun has its time, however busy its sender is with it.
void SocketConnection::expect_the_rest() {
  if (std::exchange(is_arriving_, true)) return;
  patience_.expires_after(core_->limits.message);
  patience_.async_wait([self = shared_from_this()](error_code error) {
    // A wait that was over already may be for an earlier message.
    const bool is_over = self->patience_.expiry() <= std::chrono::steady_clock::now();
    if (error || !self->is_arriving_ || !is_over) return;
    self->close_after_queue(http::CloseCode::policy_violation, self->core_->limits.goodbye);
  });
}

void SocketConnection::tell_message() {
  std::string message = beast::buffers_to_string(input_.data());
  input_ = beast::flat_buffer();  // an idle socket holds no buffer
  if (!events_) return;
  post_([events = events_, message = std::move(message)]() mutable {
    events->message(std::move(message));
  });
}

void SocketConnection::enqueue(std::string message) {
  if (ended_ || closing_) {
    unsent_->fetch_sub(message.size(), std::memory_order_relaxed);
    return;
  }
  queue_.push_back(std::move(message));
  if (queue_.size() == 1) write();
}

void SocketConnection::write() {
  const std::string& next = queue_.front();
  stream_.async_write(boost::asio::buffer(next),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (error) return self->end();
                        self->written();
                      });
}

void SocketConnection::written() {
  if (ended_) return;
  unsent_->fetch_sub(queue_.front().size(), std::memory_order_relaxed);
  queue_.pop_front();
  if (!queue_.empty()) return write();
  if (closing_) return say_goodbye();
  tell_sent();
}

void SocketConnection::tell_sent() {
  if (!events_ || !events_->sent) return;
  post_([events = events_] { events->sent(); });
}

// Whoever neither takes what is queued nor answers the goodbye is not waited for: then the socket
// is closed, and what is under way on it fails.
void SocketConnection::close_after_queue(http::CloseCode code, std::chrono::milliseconds patience) {
  if (ended_ || closing_) return;
  closing_ = code;
  is_arriving_ = false;
  patience_.expires_after(patience);
  patience_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && !self->ended_) self->close_socket();
  });
  if (queue_.empty()) say_goodbye();
}

void SocketConnection::say_goodbye() {
  const websocket::close_reason reason(static_cast<websocket::close_code>(*closing_));
  stream_.async_close(reason, [self = shared_from_this()](error_code) { self->end(); });
}

void SocketConnection::end() {
  if (std::exchange(ended_, true)) return;
  const auto alive = std::move(self_);
  core_->probe.socket_closed();
  core_->leave(*this);
  tell_closed();
  patience_.expires_after(kLingerAfterClose);
  patience_.async_wait([self = shared_from_this()](error_code) { self->close_socket(); });
  linger();
}

// Reads what the peer was still sending, so that closing does not destroy the close frame on its
// way.
void SocketConnection::linger() {
  constexpr std::size_t kStep = 4096;
  input_.clear();
  lingered_ += kStep;
  stream_.next_layer().async_read_some(input_.prepare(kStep),
                                       [self = shared_from_this()](error_code error, std::size_t) {
                                         if (!error && self->lingered_ < kMaxAfterClose)
                                           return self->linger();
                                         self->patience_.cancel();
                                       });
}

// Lets go of the events: what they capture often holds the handle.
void SocketConnection::tell_closed() {
  if (!events_) return;
  post_([events = std::exchange(events_, nullptr)] { events->closed(); });
}

}  // namespace

void open_web_socket(std::shared_ptr<Server::Core> core, tls::AsyncStream stream,
                     BeastRequest request, http::Headers headers, http::SocketUpgrade upgrade,
                     net::ConnectionLimits::Slot slot) {
  const auto socket = std::make_shared<SocketConnection>(std::move(core), std::move(stream),
                                                         std::move(upgrade), std::move(slot));
  socket->accept(std::move(request), std::move(headers));
}

}  // namespace fastness::http_server
