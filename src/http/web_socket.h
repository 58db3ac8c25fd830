#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/fixed_limits.h"

namespace fastness::http {

// Why an endpoint ends a WebSocket (RFC 6455, 7.4.1).
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,        // we are shutting down
  unsupported_data = 1003,  // a text where bytes are spoken
  policy_violation = 1008,  // the credential behind it is gone
  too_big = 1009,
  try_again_later = 1013,  // the peer reads too slowly
};

// An open WebSocket as seen by the code that speaks through it, which may run on another thread
// than the connection. Destroying it closes the connection. Thread-safe.
class WebSocket {
 public:
  struct Events {
    // The one whole message that `receive` asked for.
    std::function<void(std::string message)> message;
    // All that was queued has left; may be absent.
    std::function<void()> sent;
    // The last event, exactly once, whoever ended it.
    std::function<void()> closed;
  };

  // Runs `work` on the receiver's thread.
  using Post = std::function<void(std::function<void()> work)>;

  virtual ~WebSocket() = default;

  // Says who listens; the events run through `post`. Call it once, before anything else. What
  // `events` captures must live until `closed` ran; the events themselves are destroyed after it.
  virtual void start(Post post, Events events) = 0;

  // Asks for the next message. Nothing is read unasked: a slow receiver slows its peer. Once before
  // each `message`.
  virtual void receive() = 0;

  // Queues one message. Ignored after the end.
  virtual void send(std::string message) = 0;

  // Bytes queued and not yet taken by the network: what a receiver that never lags keeps near zero.
  [[nodiscard]] virtual std::size_t unsent() const = 0;

  // Ends it after what is queued. Idempotent.
  virtual void close(CloseCode code) = 0;
};

// In a response: the request is to become a WebSocket.
struct SocketUpgrade {
  enum class Kind : std::uint8_t { text, binary };

  Kind kind = Kind::text;
  std::string protocol;  // the subprotocol chosen among those offered; empty for none
  std::size_t max_message = fixed_limit("live.command_bytes");

  // Called on the connection's thread when the handshake is done.
  std::function<void(std::shared_ptr<WebSocket>)> opened;
};

}  // namespace fastness::http
