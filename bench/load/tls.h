#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "options.h"

namespace fastness::load {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freer<Free>>;

using SslPtr = Owned<SSL, SSL_free>;

// The client's side of mutual TLS: the identities, read once, and the newest ticket of each.
class Tls {
 public:
  explicit Tls(const Options& options);
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  ~Tls() = default;

  // A connection in its beginnings on a socket, as identity number `index`. `resume` offers the
  // newest ticket of that identity, if it has one.
  enum class Start { full, resume };
  SslPtr start(int descriptor, std::size_t index, Start how);

  // The common name of that identity's certificate.
  const std::string& name(std::size_t index) { return identity(index).name; }
  // Its key, which stays ours.
  EVP_PKEY* key(std::size_t index) { return identity(index).key.get(); }
  // From now on that identity shows this certificate, and its ticket is forgotten.
  void replace(std::size_t index, Owned<X509, X509_free> certificate);

 private:
  struct Identity {
    Owned<X509, X509_free> certificate;
    Owned<EVP_PKEY, EVP_PKEY_free> key;
    Owned<SSL_SESSION, SSL_SESSION_free> ticket;
    std::string name;
  };

  static int keep_ticket(SSL* ssl, SSL_SESSION* session);
  Identity& identity(std::size_t index);

  std::string folder_;
  Owned<SSL_CTX, SSL_CTX_free> context_;
  std::vector<Identity> identities_;
};

}  // namespace fastness::load
