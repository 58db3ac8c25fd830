#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "os/files/file_system.h"
#include "supervisor/authority/authority_commands.h"
#include "supervisor/command_line/command_line.h"
#include "supervisor/incident/evidence/evidence.h"

namespace fastness::supervisor {

// What the commands need of the world. All that is referred to must outlive the call.
struct IncidentWorld {
  TellInstance tell;  // the instance that it is about
  os::FileSystem& files;
  const Clock& clock;
  Confirm confirm;            // before anybody is written to, unless --yes was said
  std::string configuration;  // as this command was told it, without what lets anybody in
  std::string programs;       // the folder of ours
};

// What `fastnessd host incident` does; `action` is one of the incident_ actions. Returns what to
// print. `invalid_argument` for times that are none and texts that do not fit, `not_found` where
// no incident is open, `already_exists` if one is, or if a directory is there; otherwise as the
// instance and the disk say.
[[nodiscard]] Result<std::string> run_incident_command(Action action,
                                                       const IncidentCommand& command,
                                                       const IncidentWorld& world);

}  // namespace fastness::supervisor
