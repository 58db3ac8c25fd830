#pragma once

#include <optional>

#include "base/environment.h"
#include "base/result.h"
#include "vault/store/sealed_files.h"

namespace fastness::vault {

// What an instance is for, as it was said at its first start, sealed among the records. One that
// has no such record is from before there were environments, or has lost it: it is production,
// which nothing of it ever leaves.
[[nodiscard]] Result<Environment> read_environment(const SealedFiles& records);
[[nodiscard]] Result<void> write_environment(const SealedFiles& records, Environment environment);

enum class Instance : std::uint8_t { is_there, is_being_made };

// The environment of the instance. What the settings say is written down for one that is being
// made, and must be so for one that is there: `permission_denied` if not. Whoever has no settings
// says nothing.
[[nodiscard]] Result<Environment> settle_environment(const SealedFiles& records,
                                                     std::optional<Environment> said,
                                                     Instance instance);

}  // namespace fastness::vault
