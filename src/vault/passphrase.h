#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

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

// The same for a passphrase that is to open a vault from now on: asked for twice at a terminal,
// `unauthenticated` if it is too short or easy to guess.
[[nodiscard]] Result<std::optional<crypto::SecretBytes>> read_new_passphrase(
    std::optional<int> descriptor);

// What a person opens a recovery kit with.
enum class KitSecret { new_passphrase, passphrase, shares };

// Reads it from a descriptor and closes it, as above: a new passphrase is held to the same strength
// and asked for twice; shares are asked for until an empty line, or read to the end, one a line.
[[nodiscard]] Result<crypto::SecretBytes> read_kit_secret(int descriptor, KitSecret what);

// Reads a token's PIN from a descriptor and closes it, as above. Nothing without a descriptor;
// `unauthenticated` if it is empty or too long.
[[nodiscard]] Result<std::optional<crypto::SecretBytes>> read_token_pin(
    std::optional<int> descriptor);

// Reads the codes that open files of roots from a descriptor and closes it: from a terminal one
// after the other, asking for that of each file by its name, from anything else one a line.
// `unauthenticated` unless there is one for each file.
[[nodiscard]] Result<std::vector<crypto::SecretBytes>> read_codes(
    int descriptor, const std::vector<std::string>& files);

}  // namespace fastness::vault
