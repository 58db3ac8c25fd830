#include "tls/context/context.h"

#include <algorithm>

#include <openssl/err.h>

#include "base/fixed_limits.h"

namespace fastness::tls {
namespace {

// Forward secret and AEAD only. Boards with BearSSL speak the first and no other.
constexpr const char* kTls12Ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-AES128-GCM-SHA256";

// OpenSSL's own order has AES-256 first. Our certificates and groups are worth 128 bits, so its
// longer keys protect nothing more, while SHA-384 makes each step of the key schedule dearer.
constexpr const char* kTls13Ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";

// What a peer's Certificate message may weigh: room for a leaf and an issuer, not for a flood.
constexpr long kMaxPeerCertificates = fixed_limit<long>("tls.peer_certificates_bytes");

// During the handshake we do not know the peer's buffers yet.
constexpr long kHandshakeRecord = 4096;

int wire_version(Version version) {
  return version == Version::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

}  // namespace

SslContextPtr make_context(const SSL_METHOD* method, Version min_version, Version max_version) {
  SslContextPtr context(SSL_CTX_new(method));
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, wire_version(min_version));
  SSL_CTX_set_max_proto_version(raw, wire_version(max_version));
  SSL_CTX_set_security_level(raw, 2);
  SSL_CTX_set_cipher_list(raw, kTls12Ciphers);
  SSL_CTX_set_ciphersuites(raw, kTls13Ciphers);
  SSL_CTX_set1_groups_list(raw, kGroups);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_read_ahead(raw, 1);  // one recv for header and body
  SSL_CTX_set_max_cert_list(raw, kMaxPeerCertificates);
  SSL_CTX_set_max_send_fragment(raw, kHandshakeRecord);
  return context;
}

Result<void> use_credential(SSL_CTX& context, const Credential& credential) {
  if (credential.chain.empty())
    return fail(Errc::invalid_argument, "a credential has no certificate");
  FASTNESS_ASSIGN_OR_RETURN(const X509Ptr leaf, parse_certificate(credential.chain.front()));

  const auto key_der = credential.private_key.reveal();
  const std::uint8_t* in = key_der.data();
  const PkeyPtr key(d2i_AutoPrivateKey(nullptr, &in, static_cast<long>(key_der.size())));
  if (!key) return fail(Errc::invalid_argument, "a private key does not parse: " + take_error());

  if (SSL_CTX_use_cert_and_key(&context, leaf.get(), key.get(), nullptr, 1) != 1) {
    return fail(Errc::invalid_argument, "certificate and key cannot be used: " + take_error());
  }
  for (std::size_t i = 1; i < credential.chain.size(); ++i) {
    FASTNESS_ASSIGN_OR_RETURN(const X509Ptr issuer, parse_certificate(credential.chain[i]));
    if (SSL_CTX_add1_chain_cert(&context, issuer.get()) != 1) {
      return fail(Errc::invalid_argument, "an issuer cannot be used: " + take_error());
    }
  }
  return {};
}

Result<X509Ptr> parse_certificate(ByteView der) {
  const std::uint8_t* in = der.data();
  X509Ptr certificate(d2i_X509(nullptr, &in, static_cast<long>(der.size())));
  if (!certificate || in != der.data() + der.size()) {
    ERR_clear_error();
    return fail(Errc::invalid_argument, "a certificate does not parse");
  }
  return certificate;
}

Bytes certificate_der(const X509* certificate) {
  Bytes der(static_cast<std::size_t>(std::max(0, i2d_X509(certificate, nullptr))));
  std::uint8_t* out = der.data();
  i2d_X509(certificate, &out);
  return der;
}

LeafDigest digest_of(ByteView der) {
  LeafDigest digest{};
  EVP_Digest(der.data(), der.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

Bytes protocol_list(const std::vector<std::string>& protocols) {
  Bytes list;
  for (const std::string& name : protocols) {
    list.push_back(static_cast<std::uint8_t>(name.size()));
    list.insert(list.end(), name.begin(), name.end());
  }
  return list;
}

std::string take_error() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  std::string text = reason != nullptr ? reason : "unknown error";
  ERR_clear_error();
  return text;
}

}  // namespace fastness::tls
