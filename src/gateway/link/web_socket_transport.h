#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "gateway/link/transport.h"
#include "http/web_socket.h"

namespace fastness::gateway {

class Shard;

// Which shard has a connection at the moment; events of its socket come from elsewhere.
struct Whereabouts {
  explicit Whereabouts(Shard& first) : shard(&first) {}
  std::atomic<Shard*> shard;
};

// MQTT over WebSocket (MQTT 5.0, 6): the API's thread keeps the socket, TLS and framing; here it is
// a stream of bytes whose messages may cut packets anywhere. Lives on the connection's loop.
class WebSocketTransport final : public Transport {
 public:
  // Who reads so slowly that this waits unsent gets no more until it has caught up.
  static constexpr std::size_t kMaxUnsent = std::size_t{256} << 10U;

  WebSocketTransport(std::shared_ptr<http::WebSocket> socket,
                     std::shared_ptr<Whereabouts> whereabouts)
      : socket_(std::move(socket)), whereabouts_(std::move(whereabouts)) {}

  [[nodiscard]] Whereabouts& whereabouts() { return *whereabouts_; }

  // The socket's events, after they were carried to the loop.
  void on_message(std::string_view message);
  void on_closed() { closed_ = true; }

  [[nodiscard]] tls::Progress handshake() override { return tls::Progress::done; }
  [[nodiscard]] tls::Step read(std::span<std::uint8_t> out) override;
  [[nodiscard]] tls::Step write(ByteView bytes) override;
  [[nodiscard]] bool has_output() const override { return false; }
  [[nodiscard]] tls::Progress flush() override { return tls::Progress::done; }
  void close() override { socket_->close(http::CloseCode::normal); }
  [[nodiscard]] int descriptor() const override { return -1; }

 private:
  std::shared_ptr<http::WebSocket> socket_;   // shared with the API's connection
  std::shared_ptr<Whereabouts> whereabouts_;  // shared with the socket's events
  Bytes input_;
  std::size_t consumed_ = 0;
  bool asked_ = false;  // for the next message, which comes only then
  bool closed_ = false;
};

}  // namespace fastness::gateway
