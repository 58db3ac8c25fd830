#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::crypto {

// Whoever has this half can write to the owner of the other, and read nothing.
using SealPublicKey = std::array<std::uint8_t, 32>;

// An X25519 key pair. The private half is `secret`.
struct SealKeyPair {
  SealPublicKey public_key{};
  SecretBytes secret;

  [[nodiscard]] static SealKeyPair generate();
  // The pair that belongs to a stored private half. `corrupted` unless that has 32 bytes.
  [[nodiscard]] static Result<SealKeyPair> from_secret(SecretBytes secret);
};

// libsodium's crypto_box_seal: an ephemeral X25519 agreement, then XSalsa20-Poly1305. The result is
// 48 bytes longer than `plain`. Thread-safe.
[[nodiscard]] Bytes seal_to(const SealPublicKey& recipient, ByteView plain);

// `corrupted` for anything that was not sealed to this pair. Thread-safe.
[[nodiscard]] Result<SecretBytes> open_sealed(const SealKeyPair& pair, ByteView sealed);

}  // namespace fastness::crypto
