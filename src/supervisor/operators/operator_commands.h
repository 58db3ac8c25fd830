#pragma once

#include <string>

#include "base/result.h"
#include "supervisor/authority/authority_commands.h"
#include "supervisor/command_line/command_line.h"

namespace fastness::json {
class Value;
}

namespace fastness::supervisor {

// What `fastnessd host operator` asks of the instance that runs on `data_directory`, over its admin
// socket; `action` is one of the operator_ actions. Returns what to print, which of `seal-codes`
// has secrets. `not_found` if there is no instance, no such person or no such grant, `unavailable`
// if it does not run.
[[nodiscard]] Result<std::string> run_operator_command(const std::string& data_directory,
                                                       Action action,
                                                       const OperatorCommand& command,
                                                       const Confirm& confirm);

// The review, for people.
[[nodiscard]] std::string review_text(const json::Value& told);

}  // namespace fastness::supervisor
