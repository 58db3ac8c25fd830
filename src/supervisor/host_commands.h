#pragma once

#include <string>

#include "base/result.h"
#include "supervisor/command_line/command_line.h"

namespace fastness::supervisor {

// What `fastnessd host` asks of the instance that runs on `data_directory`, over its admin socket.
// Each returns what to print. `not_found` if there is no instance, `unavailable` if it does not
// run; otherwise as the instance says.

// Makes a user with an organisation and, if asked, an API key. `already_exists` if the address has
// an account.
[[nodiscard]] Result<std::string> host_init(const std::string& data_directory,
                                            const HostCommand& command);

// Where it listens, what to trust, and whether it was set up.
[[nodiscard]] Result<std::string> host_status(const std::string& data_directory,
                                              const HostCommand& command);

// Makes a one-time link: for whoever has not set up yet, or for the user whose address is given.
// `already_exists` if everybody has and no address is given.
[[nodiscard]] Result<std::string> host_setup_link(const std::string& data_directory,
                                                  const HostCommand& command);

// Says how much of the instance goes on from now on. `invalid_argument` if a reason is missing.
[[nodiscard]] Result<std::string> host_restrict(const std::string& data_directory,
                                                const HostCommand& command);

// Takes the second factor and the recovery codes of the user with the given address away.
// `not_found` if nobody has it.
[[nodiscard]] Result<std::string> host_reset_factors(const std::string& data_directory,
                                                     const HostCommand& command);

// How the vault's keys are kept, what a stolen disk gives, and which recovery kits there are.
[[nodiscard]] Result<std::string> vault_status(const std::string& data_directory,
                                               const VaultCommand& command);

}  // namespace fastness::supervisor
