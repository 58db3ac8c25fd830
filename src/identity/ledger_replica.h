#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "crypto/merkle.h"
#include "identity/identity_store.h"
#include "vault_ipc/client.h"
#include "vault_ipc/messages/checkpoint.h"

namespace fastness::identity {

// The hub's copy of the vault's ledger, always held against what the vault signs: a copy that was
// changed, or a vault that forgot, is found out. Lives on the control thread.
class LedgerReplica {
 public:
  // Told of each entry that comes in, in order.
  using OnEntry = std::function<void(const vault_ipc::LedgerEntry&, bool is_revoked)>;

  // All must outlive the object.
  LedgerReplica(IdentityStore& store, vault_ipc::Client& vault, std::string origin,
                const crypto::Ed25519PublicKey& key)
      : store_(store), vault_(vault), origin_(std::move(origin)), key_(key) {}

  // Reads the copy, then catches up.
  [[nodiscard]] Result<void> open(const OnEntry& on_entry);

  // Fetches what the vault has and the copy has not, stores it, and compares the two by a fresh
  // checkpoint. `corrupted` if they differ.
  [[nodiscard]] Result<void> catch_up(const OnEntry& on_entry);

  [[nodiscard]] std::uint64_t size() const { return tree_.size(); }

  // Signed now by the vault, and checked to cover this copy.
  [[nodiscard]] Result<std::string> checkpoint();

  struct Proof {
    std::vector<crypto::Digest> hashes;
    std::string checkpoint;
  };
  // That the entry with this index is covered by a checkpoint signed now.
  [[nodiscard]] Result<Proof> prove(std::uint64_t index);

 private:
  [[nodiscard]] Result<bool> fetch_page(const OnEntry& on_entry);

  IdentityStore& store_;
  vault_ipc::Client& vault_;
  std::string origin_;
  crypto::Ed25519PublicKey key_;
  crypto::MerkleFrontier tree_;
};

}  // namespace fastness::identity
