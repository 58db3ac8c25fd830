#pragma once

#include "gateway/link/transport.h"
#include "net/listener.h"

namespace fastness::gateway {

// An accepted socket without TLS, for listeners on loopback. It is taken from Asio: readiness comes
// from our Poller.
class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(net::Accepted accepted);
  ~PlainTransport() override;
  PlainTransport(const PlainTransport&) = delete;
  PlainTransport& operator=(const PlainTransport&) = delete;

  void settle_address() override { slot_.settle(); }
  [[nodiscard]] tls::Progress handshake() override { return tls::Progress::done; }
  [[nodiscard]] tls::Step read(std::span<std::uint8_t> out) override;
  [[nodiscard]] tls::Step write(ByteView bytes) override;
  [[nodiscard]] bool has_output() const override { return false; }
  [[nodiscard]] tls::Progress flush() override { return tls::Progress::done; }
  void close() override;
  [[nodiscard]] int descriptor() const override { return descriptor_; }

 private:
  int descriptor_;
  net::ConnectionLimits::Slot slot_;
};

}  // namespace fastness::gateway
