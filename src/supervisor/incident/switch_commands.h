#pragma once

#include <string>

#include "base/result.h"
#include "supervisor/command_line/command_line.h"

namespace fastness::supervisor {

// What `fastnessd host switch` asks of the instance that runs on `data_directory`, over its admin
// socket; `action` is one of the switch_ actions. Returns what to print. `not_found` if there is no
// instance or no such component, `unavailable` if it does not run, `invalid_argument` without a
// reason to switch off.
[[nodiscard]] Result<std::string> run_switch_command(const std::string& data_directory,
                                                     Action action, const SwitchCommand& command);

}  // namespace fastness::supervisor
