#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "supervisor/command_line/command_line.h"

namespace fastness::supervisor {

// Asks a person whether to go on, after saying what would happen. `invalid_argument` if nobody is
// there to answer.
using Confirm = std::function<Result<bool>(const std::string& plan)>;

// At the terminal; only "y" and "yes" are a yes.
[[nodiscard]] Result<bool> confirm_at_terminal(const std::string& plan);

// What `fastnessd ca` asks of the instance that runs on `data_directory`, over its admin socket;
// `action` is one of the ca_ actions. Returns what to print. `not_found` if there is no instance,
// `unavailable` if it does not run; otherwise as the instance says. Nothing is changed unless
// --yes was said or `confirm` answers yes.
[[nodiscard]] Result<std::string> run_authority_command(const std::string& data_directory,
                                                        Action action,
                                                        const AuthorityCommand& command,
                                                        const Clock& clock, const Confirm& confirm);

}  // namespace fastness::supervisor
