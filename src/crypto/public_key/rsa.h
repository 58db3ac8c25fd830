#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::crypto {

// A 2048-bit RSA key for the server certificate that some stock boards need beside the ECDSA one.
// Nothing else here uses RSA.
struct RsaKeyPair {
  SecretBytes pkcs8;  // RFC 5958
  Bytes spki;         // SubjectPublicKeyInfo

  // Takes some tenths of a second.
  [[nodiscard]] static RsaKeyPair generate();
};

// `invalid_argument` unless the bytes are one SubjectPublicKeyInfo of an RSA key of 2048 to 4096
// bits.
[[nodiscard]] Result<void> check_rsa_spki(ByteView untrusted_der);

}  // namespace fastness::crypto
