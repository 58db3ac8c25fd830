#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::tls {

// SHA-256 of a certificate's DER: how a ticket and the ledger name a leaf.
using LeafDigest = std::array<std::uint8_t, 32>;

// What one side of a handshake shows and proves: a certificate chain, leaf first, and its key.
struct Credential {
  std::vector<Bytes> chain;         // DER, the leaf first, without the root
  crypto::SecretBytes private_key;  // PKCS#8 DER

  // Reads concatenated PEM certificates and one unencrypted PEM key. `invalid_argument` if either
  // does not parse, or the key is not the leaf's.
  [[nodiscard]] static Result<Credential> from_pem(std::string_view chain, std::string_view key);

  [[nodiscard]] Credential clone() const;
};

}  // namespace fastness::tls
