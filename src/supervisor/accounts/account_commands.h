#pragma once

#include <string>

#include "base/result.h"
#include "supervisor/command_line/command_line.h"

namespace fastness::json {
class Value;
}

namespace fastness::supervisor {

// What `fastnessd host account` asks of the instance that runs on `data_directory`, over its admin
// socket; `action` is one of the account_ actions. Returns what to print. `not_found` if there is
// no instance or nobody has the address, `unavailable` if it does not run, `already_exists` for
// whoever is suspended already, or is not and was to be resumed.
[[nodiscard]] Result<std::string> run_account_command(const std::string& data_directory,
                                                      Action action, const AccountCommand& command);

// The list, and what a suspension came to, for people.
[[nodiscard]] std::string accounts_text(const json::Value& told);
[[nodiscard]] std::string suspended_text(const json::Value& told);

}  // namespace fastness::supervisor
