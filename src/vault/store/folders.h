#pragma once

#include <cstdint>
#include <filesystem>

#include "base/random.h"
#include "base/result.h"
#include "vault/store/root_key.h"
#include "vault/store/sealed_files.h"

namespace fastness::vault {

// The folders of a vault's directory, each sealed under a key of its own.
enum class Folder : std::uint8_t {
  records,  // what the vault knows
  keys,     // of authorities; they leave here for a recovery kit only, and of them only one
  shares,   // of organisations and people
};

// See SealedFiles::open.
[[nodiscard]] Result<SealedFiles> open_folder(Folder which, os::FileSystem& files,
                                              const std::filesystem::path& directory,
                                              const RootKey& root, Random& random);

// What the vault knows, to read: see SealedFiles::open_to_read.
[[nodiscard]] SealedFiles read_records(os::FileSystem& files,
                                       const std::filesystem::path& directory, const RootKey& root,
                                       Random& random);

}  // namespace fastness::vault
