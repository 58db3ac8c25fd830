// fastnessd host ca: what is done with roots in files, by fastness-vault or the running instance.
#pragma once

#include <string>

#include "base/result.h"
#include "config/config.h"
#include "supervisor/command_line/command_line.h"

namespace fastness {

// Carries it out; returns the last word. `invalid_argument` if the codes that open the files can
// neither be asked for nor read, otherwise as supervisor/roots/root_commands.h says.
[[nodiscard]] Result<std::string> act_on_roots(const config::Config& config,
                                               const supervisor::CommandLine& command);

}  // namespace fastness
