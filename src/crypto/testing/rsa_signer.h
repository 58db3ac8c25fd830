#pragma once

#include <memory>

#include "base/bytes.h"

struct evp_pkey_st;

namespace fastness::crypto::testing {

// Somebody else's RSA key of 2048 bits that signs (RSASSA-PKCS1-v1_5, SHA-256), as the TPMs of
// older computers do. Ours never sign so. Making one takes some tenths of a second.
class RsaSigner {
 public:
  RsaSigner();

  [[nodiscard]] Bytes modulus() const;  // 256 bytes; the exponent is 65537
  [[nodiscard]] Bytes sign(ByteView message) const;

 private:
  std::shared_ptr<evp_pkey_st> key_;  // shared, so that whoever has one can be copied
};

}  // namespace fastness::crypto::testing
