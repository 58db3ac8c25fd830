#pragma once

#include <span>

#include "base/bytes.h"
#include "tls/record/record_ciphers.h"
#include "tls/stream/stream.h"

namespace fastness::gateway {

// How the bytes of one MQTT connection travel: TLS on a socket of our own, or relayed by a thread
// that owns the socket. The steps are those of tls::Stream. Thread-compatible.
class Transport {
 public:
  virtual ~Transport() = default;

  // What a thread shares with all its connections; again after a move to another.
  virtual void use(tls::RecordCiphers& /*ciphers*/) {}

  // Whoever is at the other end has proved who it is.
  virtual void settle_address() {}

  [[nodiscard]] virtual tls::Progress handshake() = 0;
  // Whether a step of it is worth another thread, which then has the transport meanwhile.
  [[nodiscard]] virtual bool is_handshake_dear() const { return false; }
  // `out` has room for a whole record: tls::RecordLayer::kFullWire bytes.
  [[nodiscard]] virtual tls::Step read(std::span<std::uint8_t> out) = 0;

  // Takes bytes to be sent, in as few writes as possible; how many is in `Step::bytes`.
  [[nodiscard]] virtual tls::Step write(ByteView bytes) = 0;
  // Whether bytes that were taken still wait, and another try to send them.
  [[nodiscard]] virtual bool has_output() const = 0;
  [[nodiscard]] virtual tls::Progress flush() = 0;

  // Says goodbye to the peer's transport; nothing is sent after it.
  virtual void close() = 0;

  // What to poll; negative if the transport tells of its readiness by itself.
  [[nodiscard]] virtual int descriptor() const = 0;
};

}  // namespace fastness::gateway
