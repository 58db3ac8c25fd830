#include "supervisor/vault_migration.h"

#include "os/process.h"
#include "os/terminal.h"
#include "supervisor/supervisor.h"

namespace fastness::supervisor {

Result<MigrationDescriptors> open_for_migration(const CommandLine& command) {
  MigrationDescriptors opened;
  FASTNESS_ASSIGN_OR_RETURN(opened.passphrase,
                            os::named_or_terminal(command.passphrase_descriptor));
  FASTNESS_ASSIGN_OR_RETURN(opened.new_passphrase,
                            os::named_or_terminal(command.vault.new_passphrase_descriptor));
  return opened;
}

std::vector<std::string> migration_arguments(const config::Config& config,
                                             const VaultCommand& command) {
  const bool is_passphrase = config.vault.key == config::VaultKey::passphrase;
  std::vector<std::string> arguments{"--migrate", "--opens-with",
                                     is_passphrase ? "passphrase" : "key-file"};
  if (command.changes_passphrase) arguments.emplace_back("--change-passphrase");
  if (command.is_agreed) arguments.emplace_back("--accept-key-file");
  return arguments;
}

Result<void> migrate_vault(const std::string& programs, std::vector<std::string> arguments,
                           const MigrationDescriptors& descriptors) {
  os::Program program{programs + "/fastness-vault", std::move(arguments), {}, {}};
  program.hand_over("--passphrase", descriptors.passphrase);
  program.hand_over("--new-passphrase", descriptors.new_passphrase);
  program.hand_over("--token-pin", descriptors.token_pin);
  FASTNESS_ASSIGN_OR_RETURN(os::Process vault, os::Process::spawn(program));
  const os::Ending ending = vault.await_ending();
  if (ending.is_success()) return {};
  if (ending.signal == 0 && ending.exit_status == Supervisor::kVaultNeedsAPerson) {
    return fail(Errc::unauthenticated,
                "the vault did not open with this passphrase or PIN, and says why above; nothing "
                "was changed");
  }
  return fail(Errc::unavailable, "fastness-vault ended with " + ending.to_text() +
                                     " and says why above; the vault opens as before or as the "
                                     "settings say, and this can be run again");
}

}  // namespace fastness::supervisor
