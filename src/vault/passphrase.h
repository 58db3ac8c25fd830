#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::os {
class FileSystem;
}

namespace fastness::vault {

// Reads the passphrase from a descriptor and closes it: from a terminal after asking, without echo,
// and twice if `directory` holds no vault yet; from anything else to its end. One newline at the
// end is not part of it. Nothing without a descriptor. `unauthenticated` if it is empty, too long,
// or too short for a vault that is not there yet.
[[nodiscard]] Result<std::optional<crypto::SecretBytes>> read_passphrase(
    std::optional<int> descriptor, os::FileSystem& files, const std::filesystem::path& directory);

}  // namespace fastness::vault
