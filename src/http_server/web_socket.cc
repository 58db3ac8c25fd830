#include "http_server/web_socket.h"

#include <atomic>
#include <deque>
#include <optional>
#include <utility>

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace fastness::http_server {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using beast::error_code;

// A silent peer is pinged after half of this and given up after the whole.
constexpr std::chrono::seconds kIdle{60};

// The receiver's calls come from any thread and are carried to the web loop, where all else is.
class SocketConnection final : public http::WebSocket,
                               public Member,
                               public std::enable_shared_from_this<SocketConnection> {
 public:
  SocketConnection(std::shared_ptr<Server::Core> core, tls::AsyncStream stream,
                   http::SocketUpgrade upgrade, net::ConnectionLimits::Slot slot)
      : core_(std::move(core)),
        slot_(std::move(slot)),
        upgrade_(std::move(upgrade)),
        stream_(std::move(stream)) {
    core_->join(*this);
    core_->probe.socket_opened();
  }

  ~SocketConnection() override {
    if (!ended_) leave();
  }
  SocketConnection(const SocketConnection&) = delete;
  SocketConnection& operator=(const SocketConnection&) = delete;

  void accept(BeastRequest request, http::Headers headers) {
    websocket::stream_base::timeout timeout{core_->limits.handshake, kIdle, true};
    stream_.set_option(timeout);
    stream_.read_message_max(upgrade_.max_message);
    stream_.auto_fragment(false);
    stream_.binary(upgrade_.kind == http::SocketUpgrade::Kind::binary);
    stream_.set_option(websocket::stream_base::decorator(
        [headers = std::move(headers),
         protocol = upgrade_.protocol](websocket::response_type& response) {
          for (const auto& field : headers.fields()) response.set(field.name, field.value);
          if (!protocol.empty()) response.set(beast::http::field::sec_websocket_protocol, protocol);
        }));
    handshake_ = std::move(request);
    stream_.async_accept(handshake_, [self = shared_from_this()](error_code error) {
      self->handshake_ = {};
      if (error) return self->end();
      self->upgrade_.opened(self);
    });
  }

  void start(Post post, Events events) override {
    core_->web.post(
        [self = shared_from_this(), post = std::move(post), events = std::move(events)]() mutable {
          self->post_ = std::move(post);
          self->events_ = std::move(events);
          if (self->ended_) self->tell(self->events_.closed);
        });
  }

  void receive() override {
    core_->web.post([self = shared_from_this()] { self->read(); });
  }

  void send(std::string message) override {
    unsent_.fetch_add(message.size(), std::memory_order_relaxed);
    core_->web.post([self = shared_from_this(), message = std::move(message)]() mutable {
      self->enqueue(std::move(message));
    });
  }

  [[nodiscard]] std::size_t unsent() const override {
    return unsent_.load(std::memory_order_relaxed);
  }

  void close(http::CloseCode code) override {
    core_->web.post([self = shared_from_this(), code] { self->close_after_queue(code); });
  }

  void retire() override { close_after_queue(http::CloseCode::going_away); }
  void cut() override { end(); }

 private:
  void read() {
    if (reading_ || ended_) return;
    reading_ = true;
    stream_.async_read(input_, [self = shared_from_this()](error_code error, std::size_t) {
      self->reading_ = false;
      if (error) return self->end();
      self->tell_message();
    });
  }

  void tell_message() {
    std::string message = beast::buffers_to_string(input_.data());
    input_ = beast::flat_buffer();
    if (!post_) return;
    post_([self = shared_from_this(), message = std::move(message)]() mutable {
      self->events_.message(std::move(message));
    });
  }

  void enqueue(std::string message) {
    if (ended_ || closing_) {
      unsent_.fetch_sub(message.size(), std::memory_order_relaxed);
      return;
    }
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) write();
  }

  void write() {
    const std::string& next = queue_.front();
    stream_.async_write(boost::asio::buffer(next),
                        [self = shared_from_this()](error_code error, std::size_t) {
                          if (error) return self->end();
                          self->written();
                        });
  }

  void written() {
    if (ended_) return;
    unsent_.fetch_sub(queue_.front().size(), std::memory_order_relaxed);
    queue_.pop_front();
    if (!queue_.empty()) return write();
    if (closing_) return say_goodbye();
    tell(events_.sent);
  }

  void close_after_queue(http::CloseCode code) {
    if (ended_ || closing_) return;
    closing_ = code;
    if (queue_.empty()) say_goodbye();
  }

  void say_goodbye() {
    const websocket::close_reason reason(static_cast<websocket::close_code>(*closing_));
    stream_.async_close(reason, [self = shared_from_this()](error_code) { self->end(); });
  }

  void end() {
    if (std::exchange(ended_, true)) return;
    beast::get_lowest_layer(stream_).close();
    leave();
    tell(events_.closed);
  }

  void leave() {
    core_->probe.socket_closed();
    core_->leave(*this);
    slot_ = {};
  }

  // The event runs on the receiver's thread; this object lives until it has.
  void tell(const std::function<void()>& event) {
    if (!post_ || !event) return;
    post_([self = shared_from_this(), event] { event(); });
  }

  std::shared_ptr<Server::Core> core_;  // shared with the server and its other connections
  net::ConnectionLimits::Slot slot_;
  http::SocketUpgrade upgrade_;
  websocket::stream<tls::AsyncStream> stream_;
  BeastRequest handshake_;
  beast::flat_buffer input_;
  std::deque<std::string> queue_;
  std::atomic<std::size_t> unsent_{0};
  Post post_;
  Events events_;
  std::optional<http::CloseCode> closing_;
  bool reading_ = false;
  bool ended_ = false;
};

}  // namespace

void open_web_socket(std::shared_ptr<Server::Core> core, tls::AsyncStream stream,
                     BeastRequest request, http::Headers headers, http::SocketUpgrade upgrade,
                     net::ConnectionLimits::Slot slot) {
  const auto socket = std::make_shared<SocketConnection>(std::move(core), std::move(stream),
                                                         std::move(upgrade), std::move(slot));
  socket->accept(std::move(request), std::move(headers));
}

}  // namespace fastness::http_server
