#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/public_key/ed25519.h"
#include "crypto/secret/secret_bytes.h"
#include "vault/store/root_key.h"
#include "vault/store/sealed_files.h"

namespace fastness::vault {

// What must stay the same when an instance moves to another host, because data, boards or people
// hold on to it. Everything else that is derived from a root key is made anew there. The numbers
// are stored in recovery kits.
enum class LastingKey : std::uint8_t {
  database = 1,
  hub_files = 2,
  api_key_lookup = 3,
  device_secret_lookup = 4,
  blind_index = 5,
  pepper = 6,
  segment_wrap = 7,
  ledger_signing = 8,
  audit_signing = 9,
};
inline constexpr std::size_t kLastingKeyCount = 9;

// These keys of one instance: derived from its root key or, on a host that was restored, taken over
// from the old one's. Move-only; immutable.
class LastingKeys {
 public:
  static constexpr std::size_t kKeySize = 32;

  // `records` is used during the call only.
  [[nodiscard]] static Result<LastingKeys> open(const SealedFiles& records, const RootKey& root);

  [[nodiscard]] const crypto::SecretBytes& of(LastingKey which) const;

  [[nodiscard]] crypto::SecretBytes copy(LastingKey which) const;

  [[nodiscard]] Result<crypto::Ed25519Key> ledger_signer() const;
  [[nodiscard]] Result<crypto::Ed25519Key> audit_signer() const;

  // Whether all of them are the same.
  [[nodiscard]] bool is_same_as(const LastingKeys& other) const;

  // Keeps them for a vault with another root key, which will open them from then on.
  [[nodiscard]] Result<void> keep(const SealedFiles& records) const;

  static constexpr std::size_t kEncodedSize = kLastingKeyCount * (1 + kKeySize);
  // kEncodedSize secret bytes.
  void encode(ByteWriter& out) const;
  // A short or strange input makes `in` fail, which the caller checks at its end.
  [[nodiscard]] static LastingKeys decode(ByteReader& in);

 private:
  LastingKeys() = default;

  std::array<crypto::SecretBytes, kLastingKeyCount> keys_;
};

}  // namespace fastness::vault
