#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "os/files/descriptor.h"
#include "tls/context/client_context.h"

namespace fastness::client {

// A server by name.
struct Address {
  std::string host;
  std::uint16_t port;
};

// A TLS connection to a server that proved its name. Never blocks but to look the name up:
// `advance` does what can be done now, and `wanted_events` says what to poll for.
// Thread-compatible.
class Transport {
 public:
  // `unavailable` if the name cannot be found. Nothing is sent yet.
  [[nodiscard]] static Result<Transport> connect(const Address& address,
                                                 std::shared_ptr<const tls::ClientContext> context);

  // Connects, shakes hands, sends what waits and reads what has come. `unavailable` if the server
  // cannot be reached or the connection broke, `unauthenticated` if TLS failed: the server is not
  // who it should be, or refused us.
  [[nodiscard]] Result<void> advance();

  [[nodiscard]] int number() const { return socket_.number(); }
  [[nodiscard]] short wanted_events() const;

  // The handshake is done.
  [[nodiscard]] bool is_open() const { return phase_ == Phase::open; }
  // The server said goodbye; what is in `input` is all there will be.
  [[nodiscard]] bool is_finished() const { return finished_; }

  // What has come and was not taken yet. The reader erases what it has used.
  [[nodiscard]] Bytes& input() { return input_; }

  // Queues bytes for `advance`.
  void send(ByteView bytes) { output_.insert(output_.end(), bytes.begin(), bytes.end()); }
  [[nodiscard]] bool has_output() const;

 private:
  enum class Phase { connecting, shaking_hands, open };
  struct Candidate {
    sockaddr_storage address;
    socklen_t size;
  };

  Transport(Address address, std::shared_ptr<const tls::ClientContext> context,
            std::vector<Candidate> candidates);

  [[nodiscard]] Result<void> try_next();
  [[nodiscard]] Result<void> finish_connecting();
  [[nodiscard]] Result<void> shake_hands();
  [[nodiscard]] Result<void> write();
  [[nodiscard]] Result<void> read();
  [[nodiscard]] Unexpected<Error> broken() const;

  Address address_;
  std::shared_ptr<const tls::ClientContext> context_;  // shared by all connections to one server
  std::vector<Candidate> candidates_;                  // not tried yet
  os::Descriptor socket_;
  std::optional<tls::Stream> stream_;
  Phase phase_ = Phase::connecting;
  bool wants_write_ = true;
  bool finished_ = false;
  Bytes input_;
  Bytes output_;
};

// Advances until `is_done`, waiting in between. `unavailable` when `deadline` passes or the server
// ends the connection first.
template <typename Done>
[[nodiscard]] Result<void> advance_until(Transport& transport, std::chrono::milliseconds deadline,
                                         const Clock& clock, Done is_done);

// Waits until the transport can go on, at most as long as said.
void await_events(const Transport& transport, std::chrono::milliseconds longest);

template <typename Done>
Result<void> advance_until(Transport& transport, std::chrono::milliseconds deadline,
                           const Clock& clock, Done is_done) {
  const SteadyTime until = clock.steady() + deadline;
  for (;;) {
    FASTNESS_RETURN_IF_ERROR(transport.advance());
    if (is_done()) return {};
    if (transport.is_finished()) return fail(Errc::unavailable, "the server hung up");
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock.steady());
    if (left.count() <= 0) return fail(Errc::unavailable, "the server did not answer in time");
    await_events(transport, left);
  }
}

}  // namespace fastness::client
