// fastnessd host kit and restore: for an instance that does not run; and backup, for any.
#pragma once

#include <string>

#include "base/result.h"
#include "config/config.h"
#include "supervisor/command_line/command_line.h"

namespace fastness {

// Whether it is one of these commands.
[[nodiscard]] bool is_recovery(supervisor::Action action);

// Carries it out. What the programs have to say they print themselves; this returns the last word.
// `already_exists` if an instance runs on the directory, or the file to be written is there,
// `not_found` if there is no instance or no file to be read. Nothing is left behind by a failure.
[[nodiscard]] Result<std::string> recover(const config::Config& config,
                                          const supervisor::CommandLine& command);

}  // namespace fastness
