#pragma once

#include <optional>
#include <string>

#include "base/fixed_limits.h"
#include "base/random.h"
#include "client/connection/http_client.h"

namespace fastness::client {

// One frame of a WebSocket as it stands in the input (RFC 6455, 5.2), from a server, so unmasked.
struct WebSocketFrame {
  std::uint8_t opcode;
  bool is_last;
  ByteView payload;
  std::size_t size;  // of the whole frame
};

// Null if more bytes are needed; `corrupted` for what no server may send, or a frame of more than
// `max_bytes`.
[[nodiscard]] Result<std::optional<WebSocketFrame>> parse_web_socket_frame(ByteView input,
                                                                           std::size_t max_bytes);

// A text WebSocket to a server, from the client's side. Thread-compatible. `clock` and `random`
// must outlive it.
class WebSocket {
 public:
  static constexpr std::size_t kMaxMessage = fixed_limit("client.message_bytes");

  // Errors as HttpClient's, and as `check_status` if the server refuses.
  [[nodiscard]] static Result<WebSocket> open(const Address& address,
                                              std::shared_ptr<const tls::ClientContext> context,
                                              const HttpRequest& request, const Clock& clock,
                                              Random& random);

  [[nodiscard]] Result<void> send(std::string_view text);

  // The next message, or nothing if none came within `patience`. `unavailable` once it is closed.
  [[nodiscard]] Result<std::optional<std::string>> receive(std::chrono::milliseconds patience);

 private:
  WebSocket(Transport transport, const Clock& clock, Random& random)
      : transport_(std::move(transport)), clock_(&clock), random_(&random) {}

  [[nodiscard]] Result<std::optional<std::string>> take_message();
  void send_frame(std::uint8_t opcode, ByteView payload);

  Transport transport_;
  const Clock* clock_;
  Random* random_;
  std::string partial_;
};

}  // namespace fastness::client
