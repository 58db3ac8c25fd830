#include "migration.h"

#include "confinement.h"
#include "os/confinement/process_hardening.h"
#include "os/process.h"
#include "stopped_instance.h"
#include "supervisor/vault_migration.h"

namespace fastness {

Result<std::string> migrate(const config::Config& config, const supervisor::CommandLine& command) {
  FASTNESS_RETURN_IF_ERROR(os::harden_process());
  FASTNESS_ASSIGN_OR_RETURN(const auto users, config::find_child_users(config.sandbox));
  FASTNESS_ASSIGN_OR_RETURN(const auto held, hold_stopped_instance(config, users));
  FASTNESS_ASSIGN_OR_RETURN(auto descriptors, supervisor::open_for_migration(command));
  FASTNESS_ASSIGN_OR_RETURN(descriptors.token_pin, open_token_pin(config, command));
  FASTNESS_ASSIGN_OR_RETURN(const std::string programs, os::program_folder());
  FASTNESS_RETURN_IF_ERROR(confine(config, programs, log_of_host(config)));
  std::vector<std::string> arguments = supervisor::vault_arguments(config, users);
  const auto more = supervisor::migration_arguments(config, command.vault);
  arguments.insert(arguments.end(), more.begin(), more.end());
  FASTNESS_RETURN_IF_ERROR(supervisor::migrate_vault(programs, std::move(arguments), descriptors));
  return std::string();
}

}  // namespace fastness
