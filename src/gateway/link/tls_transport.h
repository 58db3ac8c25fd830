#pragma once

#include <variant>

#include "gateway/link/transport.h"
#include "net/listener.h"
#include "tls/context/server_context.h"
#include "tls/record/record_stream.h"

namespace fastness::gateway {

// TLS on an accepted socket, which is taken from Asio: readiness comes from our Poller. After the
// handshake our own record layer takes over, if the context hands over; else OpenSSL stays.
class TlsTransport final : public Transport {
 public:
  TlsTransport(net::Accepted accepted, const tls::ServerContext& context);
  ~TlsTransport() override;
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  void use(tls::RecordCiphers& ciphers) override { ciphers_ = &ciphers; }
  [[nodiscard]] tls::Progress handshake() override;
  [[nodiscard]] bool is_handshake_dear() const override { return true; }
  [[nodiscard]] tls::Step read(std::span<std::uint8_t> out) override;
  [[nodiscard]] tls::Step write(ByteView bytes) override;
  [[nodiscard]] bool has_output() const override;
  [[nodiscard]] tls::Progress flush() override;
  void close() override;
  void settle_address() override { slot_.settle(); }
  [[nodiscard]] int descriptor() const override;

  // What made the handshake; null once it has settled with our own record layer.
  [[nodiscard]] const tls::Stream* stream() const { return std::get_if<tls::Stream>(&link_); }
  // Right after the handshake, when whoever cares has asked what it proved: lets go of what only
  // the handshake needed. Whether our own record layer took over.
  bool settle();

 private:
  net::ConnectionLimits::Slot slot_;
  std::variant<tls::Stream, tls::RecordStream> link_;
  tls::RecordCiphers* ciphers_ = nullptr;
};

}  // namespace fastness::gateway
