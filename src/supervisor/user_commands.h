#pragma once

#include <string>

#include "base/result.h"
#include "os/files/file_system.h"
#include "supervisor/authority/authority_commands.h"
#include "supervisor/command_line/command_line.h"

namespace fastness::supervisor {

// What `fastnessd host user` asks of the instance that runs on `data_directory`, over its admin
// socket; `action` is one of the user_ actions. Returns what to print. `not_found` if there is no
// instance or nobody has the address, `unavailable` if it does not run, `already_exists` if the
// file of an export is there. Nobody is erased unless --yes was said or `confirm` answers yes.
[[nodiscard]] Result<std::string> run_user_command(const std::string& data_directory, Action action,
                                                   const UserCommand& command,
                                                   os::FileSystem& files, const Confirm& confirm);

}  // namespace fastness::supervisor
