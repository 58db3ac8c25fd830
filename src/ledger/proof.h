// What the ledger proves to whoever holds its verifier key, and how that is checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "ledger/checkpoint.h"
#include "ledger/entry.h"

namespace fastness::ledger {

// That one certificate was issued: its entry, and the hashes that lead from it to the root of a
// signed checkpoint (RFC 9162, 2.1.3).
struct InclusionProof {
  LedgerEntry entry;
  std::vector<crypto::Digest> hashes;
  std::string checkpoint;  // as it was signed
};

// That nothing was taken back or changed since the ledger had `from` entries: the hashes that lead
// from the root it had then to that of a signed checkpoint (RFC 9162, 2.1.4).
struct ConsistencyProof {
  std::uint64_t from = 0;
  std::vector<crypto::Digest> hashes;
  std::string checkpoint;  // as it was signed
};

// What the proof's checkpoint says. `corrupted` if the proof does not hold under `key`; the message
// says to a person which step of it fails. Foreign input is fine.
[[nodiscard]] Result<Checkpoint> verify(const InclusionProof& untrusted, const VerifierKey& key);

// The same for what the ledger was: `older` is a checkpoint that was verified before. A checkpoint
// of no entries says nothing, so nothing can contradict it.
[[nodiscard]] Result<Checkpoint> verify(const ConsistencyProof& untrusted, const Checkpoint& older,
                                        const VerifierKey& key);

}  // namespace fastness::ledger
