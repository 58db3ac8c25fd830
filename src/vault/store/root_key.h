#pragma once

#include <cstdint>
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

  // Makes the root key of an instance that there was before, on another host. `already_exists` if
  // the directory holds one.
  [[nodiscard]] static Result<RootKey> create_for(
      const Uuid& instance, os::FileSystem& files, const std::filesystem::path& directory,
      const std::optional<crypto::SecretBytes>& passphrase, Random& random);

  // Whether the directory holds one.
  [[nodiscard]] static Result<bool> exists(os::FileSystem& files,
                                           const std::filesystem::path& directory);

  // What opens it. The numbers are those of the file.
  enum class Opener : std::uint8_t { key_file = 1, passphrase = 2 };
  // `not_found` if the directory holds no root key.
  [[nodiscard]] static Result<Opener> opener_of(os::FileSystem& files,
                                                const std::filesystem::path& directory);

  // Seals the root key of a directory anew, for another passphrase or, without one, for a key file
  // that is made; the root key itself stays what it is. A power cut at any moment leaves one that
  // opens in the old way or in the new one; after success the sealed file of before and its key
  // file are overwritten and gone. Errors are those of opening with `now`; `invalid_argument` for
  // a key file where one opens already.
  [[nodiscard]] static Result<void> change_opener(os::FileSystem& files,
                                                  const std::filesystem::path& directory,
                                                  const std::optional<crypto::SecretBytes>& now,
                                                  const std::optional<crypto::SecretBytes>& next,
                                                  Random& random);

  // Thirty-two bytes for one purpose; purposes are constants in the code that uses them.
  [[nodiscard]] crypto::SecretBytes derive(std::string_view purpose) const;

  [[nodiscard]] const Uuid& instance() const { return instance_; }

  [[nodiscard]] Opener opener() const { return opener_; }

 private:
  RootKey(crypto::SecretBytes key, const Uuid& instance, Opener opener)
      : key_(std::move(key)), instance_(instance), opener_(opener) {}

  crypto::LockedSecret key_;
  Uuid instance_;
  Opener opener_;
};

}  // namespace fastness::vault
