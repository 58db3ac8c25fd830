// What the certificates above the server's own say. Pure: keys and signatures are elsewhere.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/public_key/p256.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_body.h"

namespace fastness::roots {

inline constexpr std::string_view kActiveRole = "Fastness active root";
inline constexpr std::string_view kStandbyRole = "Fastness standby root";

// Boards and browsers whose clocks are behind must be able to connect at once.
inline constexpr std::chrono::days kBackDated{1};

// "Fastness, ROLE 1a2b3c4d", after the key's id.
[[nodiscard]] Result<Bytes> authority_name(std::string_view role, const crypto::PublicKey& key);

// A root of thirty years, for its own key to sign. `role` is one of the two above; it is for people
// to read, and a standby root keeps it when it takes over.
[[nodiscard]] Result<crypto::CertificateBody> root_body(std::string_view role,
                                                        const crypto::PublicKey& key, Bytes serial,
                                                        Timestamp now);

// An issuing authority of five years at most, which signs servers and no authorities, for the key
// of `root` to sign.
[[nodiscard]] Result<crypto::CertificateBody> issuer_body(const crypto::Certificate& root,
                                                          const crypto::PublicKey& key,
                                                          Bytes serial, Timestamp now);

// `invalid_argument` unless it is a certificate over a P-256 key that is an authority and signed
// with that key.
[[nodiscard]] Result<crypto::Certificate> parse_root(ByteView untrusted_der);

// `corrupted` unless the certificate is what `issuer_body` builds for `key`, byte for byte, signed
// by `root`, and valid now.
[[nodiscard]] Result<crypto::Certificate> parse_issuer(ByteView untrusted_der,
                                                       const crypto::Certificate& root,
                                                       const crypto::PublicKey& key, Timestamp now);

}  // namespace fastness::roots
