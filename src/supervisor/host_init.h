#pragma once

#include <string>

#include "base/result.h"
#include "supervisor/command_line.h"

namespace fastness::supervisor {

// Asks the instance whose admin socket is in `admin_folder` to make the first user. Returns what to
// print. `already_exists` if it has users; otherwise as the instance says.
[[nodiscard]] Result<std::string> host_init(const std::string& admin_folder, const HostInit& init);

}  // namespace fastness::supervisor
