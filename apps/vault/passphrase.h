#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"
#include "crypto/secret_bytes.h"

namespace fastness::vault_app {

// Reads the passphrase from a descriptor and closes it: from a terminal after asking, without echo,
// and twice if `directory` holds no vault yet; from anything else to its end. One newline at the
// end is not part of it. Nothing without a descriptor.
[[nodiscard]] Result<std::optional<crypto::SecretBytes>> read_passphrase(
    std::optional<int> descriptor, const std::filesystem::path& directory);

}  // namespace fastness::vault_app
