#pragma once

#include <vector>

#include "base/result.h"
#include "vault/recovery/kit.h"
#include "vault/store/sealed_files.h"
#include "vault_ipc/messages/custody.h"

namespace fastness::vault {

// The kits that a vault has made, the newest last.
[[nodiscard]] Result<std::vector<vault_ipc::Kit>> read_kits(const SealedFiles& records);
// How a kit is remembered.
[[nodiscard]] vault_ipc::Kit record_of(const KitHeader& header);
[[nodiscard]] Result<void> write_kits(const SealedFiles& records,
                                      const std::vector<vault_ipc::Kit>& kits);

}  // namespace fastness::vault
