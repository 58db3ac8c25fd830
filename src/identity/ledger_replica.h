#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/merkle_tiles.h"
#include "identity/identity_store.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "vault_ipc/client.h"

namespace fastness::identity {

// The hub's copy of the vault's ledger, always held against what the vault signs: a copy that was
// changed, or a vault that forgot, is found out. Lives on the control thread.
//
// Entries are in the store, and of the tree over them only what TiledMerkleTree keeps in memory: a
// million devices take a quarter of a megabyte, not sixty-four. A proof is rare, and costs one read
// of 256 neighbouring rows, so none can hold up the control thread however large the ledger is.
class LedgerReplica {
 public:
  // Told of each entry that comes in, in order.
  using OnEntry = std::function<void(const ledger::LedgerEntry&, bool is_revoked)>;

  // `store` and `vault` must outlive the object.
  LedgerReplica(IdentityStore& store, vault_ipc::Client& vault, ledger::VerifierKey key)
      : store_(store), vault_(vault), key_(std::move(key)) {}

  // Reads the copy, then catches up.
  [[nodiscard]] Result<void> open(const OnEntry& on_entry);

  // Fetches what the vault has and the copy has not, stores it, and compares the two by a fresh
  // checkpoint, which is returned. `corrupted` if they differ.
  [[nodiscard]] Result<std::string> catch_up(const OnEntry& on_entry);

  [[nodiscard]] std::uint64_t size() const { return tree_.size(); }
  [[nodiscard]] const ledger::VerifierKey& key() const { return key_; }

  // That this entry is covered by `checkpoint`, which must be of the copy as it is. `corrupted` if
  // the entry is not what the ledger has.
  [[nodiscard]] Result<ledger::InclusionProof> prove(const ledger::LedgerEntry& entry,
                                                     std::string checkpoint) const;
  // That `checkpoint`, which must be of the copy as it is, only adds to the first `from` entries.
  // `invalid_argument` if there never were so many.
  [[nodiscard]] Result<ledger::ConsistencyProof> prove_consistency(std::uint64_t from,
                                                                   std::string checkpoint) const;

  // Nothing if the ledger was once as this checkpoint says. `corrupted` if it never was.
  [[nodiscard]] Result<void> check(const ledger::Checkpoint& older) const;

 private:
  [[nodiscard]] Result<bool> fetch_page(const OnEntry& on_entry);
  [[nodiscard]] Result<std::string> checkpoint();
  [[nodiscard]] crypto::TiledMerkleTree::ReadTile read_tile() const;

  IdentityStore& store_;
  vault_ipc::Client& vault_;
  ledger::VerifierKey key_;
  crypto::TiledMerkleTree tree_;
};

}  // namespace fastness::identity
