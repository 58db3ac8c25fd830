// What the vault does for the person at the host, while the instance is stopped: recovery kits, the
// head of a backup, and keeping its keys in another way.
#pragma once

#include <filesystem>

#include "arguments.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "os/files/file_system.h"
#include "secrets.h"
#include "vault/migration.h"
#include "vault/recovery/restore.h"
#include "vault/vault.h"

namespace fastness::vault_app {

// Says what a kit holds without opening it; needs no vault.
[[nodiscard]] Result<void> show_kit(const Arguments& arguments);

// Writes the kit, then the shares to standard output.
[[nodiscard]] Result<void> make_kit(vault::Vault& vault, const Arguments& arguments,
                                    std::optional<crypto::SecretBytes> passphrase);
[[nodiscard]] Result<void> rehearse_kit(vault::Vault& vault, const Arguments& arguments,
                                        const crypto::SecretBytes& given);

// Keeps the keys as the options and secrets say from now on, and says what that came to.
[[nodiscard]] Result<void> migrate_vault(vault::Vault::Options options,
                                         vault::MigrationSecrets secrets);

// Writes the head of a backup, and the ticket for whoever packs the rest.
[[nodiscard]] Result<void> begin_backup(vault::Vault& vault, const Arguments& arguments);

// Writes the ticket of a backup that is to be verified: by the kit if there is one, else by the
// vault in the directory, which may be at work.
[[nodiscard]] Result<void> open_backup(const Arguments& arguments, os::FileSystem& files,
                                       Random& random, const Secrets& secrets);

// Says what a vault that was just restored needs before it can serve, if anything: a signature of
// a root that lies elsewhere.
void tell_what_is_missing(vault::Vault& vault, const Arguments& arguments);

// Makes the vault in its empty directory, and writes the ticket for whoever unpacks the rest. The
// vault is then there, but for its new generation: it is to be opened once.
[[nodiscard]] Result<void> restore(vault::Restore into, const Arguments& arguments,
                                   const crypto::SecretBytes& given);

// For a copy in another environment, whose fresh vault this is: writes the backup's ticket, what
// its database is sealed with, and what the copy's is to be.
[[nodiscard]] Result<void> write_scrub_ticket(vault::Vault& vault, const Arguments& arguments,
                                              const crypto::SecretBytes& given);

}  // namespace fastness::vault_app
