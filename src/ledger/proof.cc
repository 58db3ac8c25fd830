#include "ledger/proof.h"

#include "crypto/merkle.h"

namespace fastness::ledger {
namespace {

std::string count(std::uint64_t entries) {
  return std::to_string(entries) + (entries == 1 ? " entry" : " entries");
}

}  // namespace

Result<Checkpoint> verify(const InclusionProof& untrusted, const VerifierKey& key) {
  FASTNESS_ASSIGN_OR_RETURN(Checkpoint checkpoint, verify_checkpoint(untrusted.checkpoint, key));
  const LedgerEntry& entry = untrusted.entry;
  if (entry.index >= checkpoint.size) {
    return fail(Errc::corrupted, "entry " + std::to_string(entry.index) +
                                     " is beyond the checkpoint, which covers " +
                                     count(checkpoint.size));
  }
  if (!crypto::verify_inclusion(entry.merkle_leaf(), entry.index, checkpoint.size, untrusted.hashes,
                                checkpoint.root)) {
    return fail(Errc::corrupted,
                "the hashes do not lead from the entry to the signed root: the "
                "entry is not in the ledger that was signed");
  }
  return checkpoint;
}

Result<Checkpoint> verify(const ConsistencyProof& untrusted, const Checkpoint& older,
                          const VerifierKey& key) {
  FASTNESS_ASSIGN_OR_RETURN(Checkpoint newer, verify_checkpoint(untrusted.checkpoint, key));
  if (older.origin != newer.origin) {
    return fail(Errc::corrupted, "the older checkpoint is of another log");
  }
  if (untrusted.from != older.size) {
    return fail(Errc::corrupted, "the proof begins at " + count(untrusted.from) +
                                     ", and the older checkpoint has " + count(older.size));
  }
  if (older.size > newer.size) {
    return fail(Errc::corrupted, "the ledger has " + count(newer.size) + ", and it once had " +
                                     count(older.size) + ": entries were taken back");
  }
  const bool holds = older.size == 0
                         ? untrusted.hashes.empty()
                         : crypto::verify_consistency(older.size, older.root, newer.size,
                                                      newer.root, untrusted.hashes);
  if (!holds) {
    return fail(Errc::corrupted,
                "the hashes do not lead from the older root to the newer one: the first " +
                    count(older.size) + " are not what they were, or the proof was changed");
  }
  return newer;
}

}  // namespace fastness::ledger
