#pragma once

#include <functional>
#include <string>

#include "tls/openssl.h"
#include "tls/testing/loopback.h"
#include "tls/testing/pair.h"

namespace fastness::tls::testing {

// OpenSSL's client as a test sets it up, on one end of a wire.
class Peer {
 public:
  Peer(World& world, const std::function<void(SSL_CTX&)>& set_up)
      : context_(SSL_CTX_new(TLS_client_method())), server_(world.context->accept(wire_.server())) {
    SSL_CTX_set_security_level(context_.get(), 0);
    set_up(*context_);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), wire_.client());
  }

  // `behind` is called when the client's second flight, which is its last, is on its way and the
  // server has not read it yet.
  bool shake(const std::function<void()>& behind = nullptr) {
    constexpr int kMaxSteps = 10;
    Progress server = Progress::want_read;
    int client = 0;
    for (int i = 0; i < kMaxSteps && (client != 1 || server != Progress::done); ++i) {
      client = SSL_connect(ssl_.get());
      if (i == 1 && behind) behind();
      server = server_.handshake();
      if (server == Progress::failed) return false;
    }
    return client == 1 && server == Progress::done;
  }

  [[nodiscard]] std::string cipher() const { return SSL_get_cipher_name(ssl_.get()); }
  [[nodiscard]] int key_kind() const {
    return EVP_PKEY_get_base_id(X509_get0_pubkey(SSL_get0_peer_certificate(ssl_.get())));
  }
  [[nodiscard]] Stream& server() { return server_; }
  [[nodiscard]] SSL* ssl() { return ssl_.get(); }
  // The client's end: what is written here goes to the server.
  [[nodiscard]] int wire() const { return wire_.client(); }
  [[nodiscard]] int server_wire() const { return wire_.server(); }

 private:
  testing::SocketPair wire_;
  SslContextPtr context_;
  Stream server_;
  SslPtr ssl_;
};

}  // namespace fastness::tls::testing
