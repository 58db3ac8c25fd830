// fastnessd host backup schedule: backups that a running instance makes by itself.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "config/child.h"
#include "config/config.h"
#include "supervisor/command_line/command_line.h"
#include "supervisor/supervisor.h"

namespace fastness {

// Says what the schedule is and what it has come to. If the command says so, makes the backup that
// is due, if one is, reads it back, and removes those that are too many: docs/decisions/0055.
// `invalid_argument` if nothing is to be made by the settings. After a failure what was there is
// there.
[[nodiscard]] Result<std::string> act_on_schedule(const config::Config& config,
                                                  const supervisor::CommandLine& command,
                                                  const std::optional<config::ChildUsers>& users,
                                                  const Clock& clock);

// The same command as a program that the supervisor starts now and then, beside the hub.
[[nodiscard]] supervisor::Supervisor::Chore chore_of(const config::Config& config,
                                                     const std::string& programs);

}  // namespace fastness
