#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

struct evp_pkey_st;

namespace fastness::crypto {

// A 2048-bit RSA key for the server certificate that some stock boards need beside the ECDSA one.
// Nothing else of ours is an RSA key.
struct RsaKeyPair {
  SecretBytes pkcs8;  // RFC 5958
  Bytes spki;         // SubjectPublicKeyInfo

  // Takes some tenths of a second.
  [[nodiscard]] static RsaKeyPair generate();
};

// `invalid_argument` unless the bytes are one SubjectPublicKeyInfo of an RSA key of 2048 to 4096
// bits.
[[nodiscard]] Result<void> check_rsa_spki(ByteView untrusted_der);

// Somebody else's key for RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2), as identity providers
// sign with. Immutable, thread-safe, cheap to copy.
class RsaPublicKey {
 public:
  // Both big-endian and without leading zeros. `invalid_argument` unless they are a modulus of 2048
  // to 4096 bits and an odd exponent from 3 on in at most four bytes.
  [[nodiscard]] static Result<RsaPublicKey> from_numbers(ByteView untrusted_modulus,
                                                         ByteView untrusted_exponent);

  [[nodiscard]] bool verify(ByteView message, ByteView signature) const;

 private:
  explicit RsaPublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

  // Shared because OpenSSL's object is immutable once made and copies of this are common.
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace fastness::crypto
