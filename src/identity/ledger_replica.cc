#include "identity/ledger_replica.h"

namespace fastness::identity {

using vault_ipc::LedgerEntry;

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
  return catch_up(on_entry);
}

// Whether there is more to fetch.
Result<bool> LedgerReplica::fetch_page(const OnEntry& on_entry) {
  FASTNESS_ASSIGN_OR_RETURN(const auto page, vault_.read_ledger(tree_.size()));
  if (page.size < tree_.size()) {
    return fail(Errc::corrupted, "the vault's ledger is shorter than it was");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.database().begin());
  crypto::MerkleFrontier tree = tree_;
  for (const LedgerEntry& entry : page.entries) {
    if (entry.index != tree.size()) {
      return fail(Errc::corrupted, "the vault's ledger lacks an entry");
    }
    FASTNESS_RETURN_IF_ERROR(store_.append_entry(entry));
    tree.append(entry.merkle_leaf());
  }
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  tree_ = std::move(tree);
  for (const LedgerEntry& entry : page.entries) on_entry(entry, false);
  return !page.entries.empty() && tree_.size() < page.size;
}

Result<void> LedgerReplica::catch_up(const OnEntry& on_entry) {
  bool has_more = true;
  while (has_more) {
    FASTNESS_ASSIGN_OR_RETURN(has_more, fetch_page(on_entry));
  }
  FASTNESS_RETURN_IF_ERROR(checkpoint());
  return {};
}

Result<std::string> LedgerReplica::checkpoint() {
  FASTNESS_ASSIGN_OR_RETURN(std::string text, vault_.sign_ledger_checkpoint());
  FASTNESS_ASSIGN_OR_RETURN(const auto checkpoint,
                            vault_ipc::verify_checkpoint(text, origin_, key_));
  if (checkpoint.size != tree_.size() || checkpoint.root != tree_.root()) {
    return fail(Errc::corrupted, "the ledger's copy differs from what the vault signs");
  }
  return text;
}

Result<LedgerReplica::Proof> LedgerReplica::prove(std::uint64_t index) {
  // Proofs are rare, so the whole tree is built for one and not kept.
  crypto::MerkleTree tree;
  FASTNESS_RETURN_IF_ERROR(store_.for_each_entry([&](const LedgerEntry& entry, bool) {
    tree.append(entry.merkle_leaf());
    return Result<void>();
  }));
  FASTNESS_ASSIGN_OR_RETURN(auto hashes, tree.inclusion_proof(index, tree.size()));
  FASTNESS_ASSIGN_OR_RETURN(std::string text, checkpoint());
  return Proof{std::move(hashes), std::move(text)};
}

}  // namespace fastness::identity
