#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "os/files/descriptor.h"
#include "supervisor/command_line/command_line.h"

namespace fastness::supervisor {

// What a migration asks for, handed to the vault unread. Each may be empty.
struct MigrationDescriptors {
  os::Descriptor passphrase;      // that opens the vault now
  os::Descriptor new_passphrase;  // that is to
  os::Descriptor token_pin;
};

// For the passphrases: what was named on the command line, or the terminal, if there is one. No
// PIN.
[[nodiscard]] Result<MigrationDescriptors> open_for_migration(const CommandLine& command);

// What the vault is told beside `vault_arguments`, but for the descriptors.
[[nodiscard]] std::vector<std::string> migration_arguments(const config::Config& config,
                                                           const VaultCommand& command);

// Runs fastness-vault, on an instance that this process holds the lock of, until it has brought its
// keys to where the settings say; it prints what it did. `unauthenticated` if it did not open,
// `unavailable` otherwise, when it has said why.
[[nodiscard]] Result<void> migrate_vault(const std::string& programs,
                                         std::vector<std::string> arguments,
                                         const MigrationDescriptors& descriptors);

}  // namespace fastness::supervisor
