#pragma once

#include <array>
#include <string>

#include "base/result.h"
#include "supervisor/command_line/command_line.h"

namespace fastness::json {
class Value;
}

namespace fastness::supervisor {

// What `fastnessd host order` asks of the instance that runs on `data_directory`, over its admin
// socket; `action` is one of the order_ actions. Returns what to print. Two of the sealed codes are
// asked for at the terminal, or read from the descriptor that the command names. `not_found` if
// there is no instance or no such order, `unavailable` if it does not run, `permission_denied` for
// other codes, `already_exists` where a word would change nothing or needs two people.
[[nodiscard]] Result<std::string> run_order_command(const std::string& data_directory,
                                                    Action action, const OrderCommand& command);

// The list, for people.
[[nodiscard]] std::string orders_text(const json::Value& told);

// The two codes of a text: each on a line of its own. `invalid_argument` if it has not two.
[[nodiscard]] Result<std::array<std::string, 2>> two_codes(const std::string& text);

}  // namespace fastness::supervisor
