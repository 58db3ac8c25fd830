#pragma once

#include <string>

#include "base/clock.h"
#include "vault/lasting_keys.h"
#include "vault/store/root_key.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault {

// What the hub gets at its start, one key for each purpose: what data holds on to, and from the
// root key what may change with the host. Token keys change every thirty days; the one before stays
// good as long.
[[nodiscard]] vault_ipc::StartKeys make_start_keys(const RootKey& root, const LastingKeys& lasting,
                                                   Timestamp now);

// The names under which the two logs are signed.
[[nodiscard]] std::string ledger_origin(const RootKey& root);
[[nodiscard]] std::string audit_origin(const RootKey& root);

}  // namespace fastness::vault
