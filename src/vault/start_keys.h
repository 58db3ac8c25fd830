#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "crypto/public_key/ed25519.h"
#include "vault/store/root_key.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault {

// What the hub gets at its start, derived from the root key for one purpose each. Token keys
// change every thirty days; the one before stays good as long.
[[nodiscard]] vault_ipc::StartKeys derive_start_keys(const RootKey& root, Timestamp now);

// Signs the ledger's checkpoints, and the audit log's.
[[nodiscard]] Result<crypto::Ed25519Key> ledger_signing_key(const RootKey& root);
[[nodiscard]] Result<crypto::Ed25519Key> audit_signing_key(const RootKey& root);

// The names under which the two logs are signed.
[[nodiscard]] std::string ledger_origin(const RootKey& root);
[[nodiscard]] std::string audit_origin(const RootKey& root);

}  // namespace fastness::vault
