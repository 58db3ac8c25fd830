// What one entry of the audit trail is in its Merkle tree, so that the hub, who keeps the trail,
// and a stranger, who has a file and a key, mean the same. docs/audit.md has the formats.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace fastness::ledger {

// What was said of one event. The encoding is hashed, so its order never changes.
struct AuditContent {
  std::string actor;
  std::string action;
  std::string object;
  std::string address;
  std::string result;
  std::string request;      // id of the request; empty if none
  std::string session;      // the short public form of a session; empty if none
  std::uint64_t count = 1;  // how often: more than once for accesses, which are added up

  [[nodiscard]] Bytes encode() const;
  // `corrupted` unless encode() made it.
  [[nodiscard]] static Result<AuditContent> decode(ByteView bytes);

  friend bool operator==(const AuditContent&, const AuditContent&) = default;
};

// Drawn for one entry and kept sealed with its content. Without it a commitment gives nothing away,
// however few contents are likely; when the key that seals it is destroyed, nobody has it any more.
using AuditSalt = std::array<std::uint8_t, 32>;

// Binds whoever publishes it to one content.
[[nodiscard]] crypto::Digest commit_audit(const AuditSalt& salt, ByteView encoded_content);

// The hash in the tree of an entry that has a commitment. It covers what is stored, `sealed`, by
// its digest, so that a proof carries neither the ciphertext nor, when the entry was erased, its
// content.
struct AuditLeaf {
  std::uint64_t index = 0;
  Timestamp time{};
  OrganisationId organisation{Uuid({})};
  crypto::Digest commitment{};
  crypto::Digest sealed{};  // SHA-256 of what is stored

  [[nodiscard]] crypto::Digest merkle_leaf() const;
};

// The same for an entry of before there were commitments: its proof shows that these bytes were
// stored, not what they say.
[[nodiscard]] crypto::Digest plain_audit_leaf(std::uint64_t index, Timestamp time,
                                              OrganisationId organisation, ByteView sealed);

}  // namespace fastness::ledger
