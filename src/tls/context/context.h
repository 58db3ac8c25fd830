// What both sides set on an SSL_CTX; for the .cc files of this folder only.
#pragma once

#include <string>
#include <vector>

#include "tls/openssl.h"
#include "tls/stream/stream.h"

namespace fastness::tls {

// A context with our protocol versions, suites, groups and modes.
[[nodiscard]] SslContextPtr make_context(const SSL_METHOD* method, Version min_version,
                                         Version max_version);

// Loads the chain and key; one credential for each kind of key.
[[nodiscard]] Result<void> use_credential(SSL_CTX& context, const Credential& credential);

[[nodiscard]] Result<X509Ptr> parse_certificate(ByteView der);

[[nodiscard]] Bytes certificate_der(const X509* certificate);
[[nodiscard]] LeafDigest digest_of(ByteView der);

// ALPN's wire form: each name after its length.
[[nodiscard]] Bytes protocol_list(const std::vector<std::string>& protocols);

// The first error of this thread in words; clears them all.
[[nodiscard]] std::string take_error();

}  // namespace fastness::tls
