// What is read of a person, at a terminal or from descriptors, while it still can be: before the
// sandbox is shut.
#pragma once

#include <optional>

#include "arguments.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"
#include "os/files/file_system.h"
#include "vault/migration.h"

namespace fastness::vault_app {

// Each is there only if the task needs it. For a migration what opens the vault now and what is to
// is in `migration`, and `passphrase` is empty.
struct Secrets {
  std::optional<crypto::SecretBytes> passphrase;
  vault::MigrationSecrets migration;
  std::optional<crypto::SecretBytes> pin;
  std::optional<crypto::SecretBytes> kit;
};

// Closes every descriptor that it reads. Errors as vault::read_passphrase and
// vault::read_migration_secrets.
[[nodiscard]] Result<Secrets> read_secrets(const Arguments& arguments, os::FileSystem& files);

}  // namespace fastness::vault_app
