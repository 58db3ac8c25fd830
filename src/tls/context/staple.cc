#include "tls/context/staple.h"

#include <utility>

#include <openssl/crypto.h>

#include "tls/context/context.h"
#include "tls/context/server_shared.h"
#include "tls/stream/stream_state.h"

namespace fastness::tls {
namespace {

// Called once OpenSSL has chosen between the credentials; only if the client asked.
int show_staple(SSL* ssl, void* /*unused*/) {
  const ServerContext::Shared& server = *Stream::State::of(ssl).server;
  // As on most servers: then the certificate need not be hashed for each handshake.
  if (server.staples.is_empty()) return SSL_TLSEXT_ERR_NOACK;
  const X509* shown = SSL_get_certificate(ssl);
  if (shown == nullptr) return SSL_TLSEXT_ERR_NOACK;
  const Bytes staple = server.staples.find(digest_of(certificate_der(shown)), server.clock.now());
  if (staple.empty()) return SSL_TLSEXT_ERR_NOACK;
  void* copy = OPENSSL_memdup(staple.data(), staple.size());
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(staple.size()));  // owns it now
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

void Staples::set(std::vector<crypto::VerifiedStatus> statuses) {
  auto fresh = std::make_shared<const Statuses>(std::move(statuses));
  const std::scoped_lock lock(mutex_);
  statuses_.swap(fresh);
}

bool Staples::is_empty() const {
  const std::scoped_lock lock(mutex_);
  return statuses_->empty();
}

Bytes Staples::find(const LeafDigest& leaf, Timestamp now) const {
  const auto statuses = [this] {
    const std::scoped_lock lock(mutex_);
    return statuses_;
  }();
  for (const crypto::VerifiedStatus& status : *statuses) {
    if (status.leaf() == leaf && status.is_current(now)) return status.der();
  }
  return {};
}

void set_staple_callback(SSL_CTX& context) {
  SSL_CTX_set_tlsext_status_cb(&context, show_staple);
}

}  // namespace fastness::tls
