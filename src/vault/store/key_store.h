#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/public_key/p256.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::vault {

// Where authority keys live: they are made inside and used inside. None comes out but a root that
// its owner carries away. The shape is that of a PKCS#11 token, so that a hardware module can stand
// behind it; labels are its object labels. Lives on one thread.
class KeyStore {
 public:
  virtual ~KeyStore() = default;

  // Makes a P-256 key. `already_exists` if the label is taken.
  [[nodiscard]] virtual Result<crypto::PublicKey> create_key(const std::string& label) = 0;
  // `not_found` without such a key.
  [[nodiscard]] virtual Result<crypto::PublicKey> public_key(const std::string& label) = 0;
  // ECDSA with SHA-256.
  [[nodiscard]] virtual Result<crypto::EcdsaSignature> sign(const std::string& label,
                                                            ByteView message) = 0;
  // The key itself, PKCS#8, for a root that shall lie elsewhere; no request leads here. `not_found`
  // without such a key, `permission_denied` where keys never come out.
  [[nodiscard]] virtual Result<crypto::SecretBytes> take_out(const std::string& label) = 0;
  // For good. Not an error without such a key.
  [[nodiscard]] virtual Result<void> destroy(const std::string& label) = 0;
};

}  // namespace fastness::vault
