#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::crypto {

using Ed25519PublicKey = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;

// Signs checkpoints (RFC 8032). Immutable.
class Ed25519Key {
 public:
  static constexpr std::size_t kSeedSize = 32;

  // `corrupted` unless the seed has kSeedSize bytes.
  [[nodiscard]] static Result<Ed25519Key> from_seed(const SecretBytes& seed);

  [[nodiscard]] const Ed25519PublicKey& public_key() const { return public_key_; }
  [[nodiscard]] Ed25519Signature sign(ByteView message) const;

 private:
  Ed25519Key() = default;

  Ed25519PublicKey public_key_{};
  SecretBytes secret_;
};

[[nodiscard]] bool ed25519_verify(const Ed25519PublicKey& key, ByteView message,
                                  const Ed25519Signature& signature);

}  // namespace fastness::crypto
