#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/secret/secret_bytes.h"
#include "vault/store/root_key.h"
#include "vault/vault.h"

namespace fastness::vault {

// How an instance's keys are to be kept from now on, as the host's owner says; and where its
// secrets are read from.
struct MigrationWish {
  RootKey::Opener opener = RootKey::Opener::key_file;
  bool changes_passphrase = false;  // for another one
  bool accepts_key_file = false;    // where a passphrase opens now: less than there was
  std::optional<int> passphrase = std::nullopt;  // descriptors
  std::optional<int> new_passphrase = std::nullopt;
};

// What opens the root key, and what is to.
struct MigrationSecrets {
  std::optional<crypto::SecretBytes> now;
  std::optional<crypto::SecretBytes> next;
  bool changes_opener = false;
};

// Reads what this migration needs and nothing else, and closes the descriptors it reads. Belongs
// before the sandbox. `not_found` if the directory holds no vault yet; `permission_denied` if less
// protection than there is was not agreed to; `unauthenticated` as vault::read_passphrase.
[[nodiscard]] Result<MigrationSecrets> read_migration_secrets(
    const MigrationWish& wish, os::FileSystem& files, const std::filesystem::path& directory);

// What a migration came to, for its owner.
struct MigrationReport {
  std::optional<RootKey::Opener> opener;  // if another one opens it now
  std::string token;                      // where keys are made; empty for sealed files
  bool has_moved = false;                 // to that token, just now
  std::vector<std::string> still_sealed;  // keys that stay in files until they are destroyed
  [[nodiscard]] std::string to_text(const std::filesystem::path& directory) const;
};

// Brings the instance, which nobody else has open, to what `options.token` and `secrets` say: first
// the authority keys, then what opens the root key. May be run again after any failure: until then
// the instance opens as before or as was wished. `options.passphrase` is ignored.
[[nodiscard]] Result<MigrationReport> migrate(Vault::Options options, MigrationSecrets secrets);

}  // namespace fastness::vault
