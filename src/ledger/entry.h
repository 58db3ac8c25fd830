// What the ledger of issued certificates says, and the words for it that everybody shares.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace fastness::ledger {

// What kind of certificate a device has. The numbers are stored.
enum class Profile : std::uint8_t {
  standard = 1,  // sixty days, renewed by the device itself
  board = 2,     // thirty-one years, rebuilt byte for byte by Arduino boards
};

[[nodiscard]] std::string_view to_text(Profile profile);
// `invalid_argument` unless `standard` or `board`.
[[nodiscard]] Result<Profile> parse_profile(std::string_view text);

// Names one issuing key of the device authority; counts from 1, never reused.
using GenerationId = StrongId<struct GenerationIdTag, std::uint32_t>;

// Why the vault gave this device a certificate for this key. The numbers are stored.
enum class Continuity : std::uint8_t {
  first = 1,              // it had none before
  same_key = 2,           // the key it already had
  signed_by_old_key = 3,  // the old key vouched for the new one
  taken_back = 4,         // the key before: its owner took the change to another one back
};

// One leaf of the tree: one certificate that was issued. The encoding is stored and hashed, so its
// field order never changes.
struct LedgerEntry {
  std::uint64_t index = 0;
  DeviceId device{Uuid({})};
  crypto::Digest leaf{};  // SHA-256 of the certificate
  crypto::Digest key{};   // SHA-256 of its SubjectPublicKeyInfo
  Profile profile = Profile::standard;
  GenerationId generation{0};
  Timestamp time{};  // when it was issued
  Timestamp not_after{};
  Continuity continuity = Continuity::first;

  static constexpr std::size_t kEncodedSize = 8 + 16 + 32 + 32 + 1 + 4 + 8 + 8 + 1;

  // Always kEncodedSize bytes.
  [[nodiscard]] Bytes encode() const;
  // `corrupted` unless encode() made it.
  [[nodiscard]] static Result<LedgerEntry> decode(ByteView bytes);
  // Its hash in the tree (RFC 6962, 2.1).
  [[nodiscard]] crypto::Digest merkle_leaf() const;

  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

}  // namespace fastness::ledger
