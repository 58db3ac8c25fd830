#include "identity/ledger_replica.h"

namespace fastness::identity {

using ledger::LedgerEntry;

Result<void> LedgerReplica::open(const OnEntry& on_entry) {
  FASTNESS_RETURN_IF_ERROR(
      store_.for_each_entry([&](const LedgerEntry& entry, bool is_revoked) -> Result<void> {
        if (entry.index != tree_.size()) {
          return fail(Errc::corrupted, "the ledger's copy lacks an entry");
        }
        tree_.append(entry.merkle_leaf());
        on_entry(entry, is_revoked);
        return {};
      }));
  FASTNESS_RETURN_IF_ERROR(catch_up(on_entry));
  return {};
}

// Whether there is more to fetch.
Result<bool> LedgerReplica::fetch_page(const OnEntry& on_entry) {
  FASTNESS_ASSIGN_OR_RETURN(const auto page, vault_.read_ledger(tree_.size()));
  if (page.size < tree_.size()) {
    return fail(Errc::corrupted, "the vault's ledger is shorter than it was");
  }
  if (page.entries.empty()) return false;
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.database().begin());
  std::uint64_t size = tree_.size();
  for (const LedgerEntry& entry : page.entries) {
    if (entry.index != size) {
      return fail(Errc::corrupted, "the vault's ledger lacks an entry");
    }
    FASTNESS_RETURN_IF_ERROR(store_.append_entry(entry));
    ++size;
  }
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  for (const LedgerEntry& entry : page.entries) {
    tree_.append(entry.merkle_leaf());
    on_entry(entry, false);
  }
  return tree_.size() < page.size;
}

Result<std::string> LedgerReplica::catch_up(const OnEntry& on_entry) {
  bool has_more = true;
  while (has_more) {
    FASTNESS_ASSIGN_OR_RETURN(has_more, fetch_page(on_entry));
  }
  return checkpoint();
}

// Only after catching up: to the vault a copy that is behind is one that somebody put back.
Result<std::string> LedgerReplica::checkpoint() {
  auto text = vault_.sign_ledger_checkpoint(tree_.size(), tree_.root());
  if (!text && text.error().code == Errc::permission_denied) {
    return fail(Errc::corrupted,
                "the vault does not know the ledger's copy in the hub's database, which was "
                "changed; put back a database of before: " +
                    text.error().message);
  }
  if (!text) return text;
  FASTNESS_ASSIGN_OR_RETURN(const auto checkpoint, ledger::verify_checkpoint(*text, key_));
  if (checkpoint.size != tree_.size() || checkpoint.root != tree_.root()) {
    return fail(Errc::corrupted, "the ledger's copy differs from what the vault signs");
  }
  return text;
}

crypto::TiledMerkleTree::ReadTile LedgerReplica::read_tile() const {
  return [this](std::uint64_t first) -> Result<std::vector<crypto::Digest>> {
    FASTNESS_ASSIGN_OR_RETURN(const auto entries,
                              store_.entries(first, crypto::TiledMerkleTree::kTile));
    std::vector<crypto::Digest> leaves;
    leaves.reserve(entries.size());
    for (const LedgerEntry& entry : entries) leaves.push_back(entry.merkle_leaf());
    return leaves;
  };
}

Result<ledger::InclusionProof> LedgerReplica::prove(const LedgerEntry& entry,
                                                    std::string checkpoint) const {
  ledger::InclusionProof proof{entry, {}, std::move(checkpoint)};
  FASTNESS_ASSIGN_OR_RETURN(proof.hashes, tree_.inclusion_proof(entry.index, read_tile()));
  // What leaves here holds: the row may have been changed since the start.
  FASTNESS_RETURN_IF_ERROR(ledger::verify(proof, key_));
  return proof;
}

Result<ledger::ConsistencyProof> LedgerReplica::prove_consistency(std::uint64_t from,
                                                                  std::string checkpoint) const {
  ledger::ConsistencyProof proof{from, {}, std::move(checkpoint)};
  if (from == 0) return proof;  // from nothing, anything follows
  if (from > tree_.size()) {
    return fail(Errc::invalid_argument,
                "the ledger has " + std::to_string(tree_.size()) + " entries, and never had more");
  }
  FASTNESS_ASSIGN_OR_RETURN(proof.hashes, tree_.consistency_proof(from, read_tile()));
  return proof;
}

Result<void> LedgerReplica::check(const ledger::Checkpoint& older) const {
  if (older.size > tree_.size()) {
    return fail(Errc::corrupted, "the ledger has " + std::to_string(tree_.size()) +
                                     " entries, and once had " + std::to_string(older.size));
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto root, tree_.root_at(older.size, read_tile()));
  if (root == older.root) return {};
  return fail(Errc::corrupted, "the first " + std::to_string(older.size) +
                                   " entries of the ledger are not what they were");
}

}  // namespace fastness::identity
