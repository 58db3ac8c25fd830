// fastnessd host vault migrate: for an instance that does not run.
#pragma once

#include <string>

#include "base/result.h"
#include "config/config.h"
#include "supervisor/command_line/command_line.h"

namespace fastness {

// Brings the vault to where the settings say. The vault prints what it did, so that nothing is
// returned to print. `already_exists` if the instance runs, `not_found` if there is none, otherwise
// as supervisor::migrate_vault.
[[nodiscard]] Result<std::string> migrate(const config::Config& config,
                                          const supervisor::CommandLine& command);

}  // namespace fastness
