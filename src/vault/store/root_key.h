#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/ids/uuid.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret/locked_secret.h"

namespace fastness::os {
class FileSystem;
}

namespace fastness::vault {

// The root key-encryption key of an instance, unsealed. Everything else the vault keeps is sealed
// under keys derived from it. Move-only; immutable.
class RootKey {
 public:
  // What opens it is a passphrase, or else a key file beside it, which is no protection against a
  // thief of the whole disk and is meant for trying things out. `files` is used during the call
  // only. If the directory holds no root key yet, one is made, sealed in the way given.
  //
  // `unauthenticated` if the passphrase is missing or wrong; `corrupted` if the file is damaged or
  // another instance's; `invalid_argument` for a passphrase where a key file opens.
  [[nodiscard]] static Result<RootKey> open_or_create(
      os::FileSystem& files, const std::filesystem::path& directory,
      const std::optional<crypto::SecretBytes>& passphrase, Random& random);

  // Whether the directory holds one.
  [[nodiscard]] static Result<bool> exists(os::FileSystem& files,
                                           const std::filesystem::path& directory);

  // Thirty-two bytes for one purpose; purposes are constants in the code that uses them.
  [[nodiscard]] crypto::SecretBytes derive(std::string_view purpose) const;

  [[nodiscard]] const Uuid& instance() const { return instance_; }

 private:
  RootKey(crypto::SecretBytes key, const Uuid& instance)
      : key_(std::move(key)), instance_(instance) {}

  crypto::LockedSecret key_;
  Uuid instance_;
};

}  // namespace fastness::vault
