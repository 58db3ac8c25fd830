#pragma once

#include "gateway/link/transport.h"
#include "net/listener.h"
#include "tls/context/server_context.h"

namespace fastness::gateway {

// TLS on an accepted socket, which is taken from Asio: readiness comes from our Poller.
class TlsTransport final : public Transport {
 public:
  TlsTransport(net::Accepted accepted, const tls::ServerContext& context);
  ~TlsTransport() override;
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  [[nodiscard]] tls::Progress handshake() override { return stream_.handshake(); }
  [[nodiscard]] tls::Step read(std::span<std::uint8_t> out) override { return stream_.read(out); }
  [[nodiscard]] tls::Step write(ByteView bytes) override;
  [[nodiscard]] bool has_output() const override { return stream_.has_output(); }
  [[nodiscard]] tls::Progress flush() override { return stream_.flush(); }
  void close() override { (void)stream_.close(); }
  [[nodiscard]] int descriptor() const override { return descriptor_; }

  [[nodiscard]] const tls::Stream& stream() const { return stream_; }

 private:
  int descriptor_;
  net::ConnectionLimits::Slot slot_;
  tls::Stream stream_;
};

}  // namespace fastness::gateway
