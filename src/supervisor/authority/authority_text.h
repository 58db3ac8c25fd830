// The device authority in words: its state, and what an order would do. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "supervisor/command_line/command_line.h"

namespace fastness::json {
class Value;
}

namespace fastness::supervisor {

// What `ca status` prints, out of the answer of GET /admin/v1/ca.
[[nodiscard]] std::string authority_as_text(const json::Value& authority);

// What would happen, and to how many devices: asked before it does.
[[nodiscard]] std::string plan_of_rotation(const json::Value& authority,
                                           const AuthorityCommand& command,
                                           const std::optional<Timestamp>& cut_off);
[[nodiscard]] std::string plan_of_abort(const json::Value& authority);
[[nodiscard]] std::string plan_of_unlock(const json::Value& authority);
[[nodiscard]] std::string plan_of_distrust(const json::Value& authority,
                                           const AuthorityCommand& command,
                                           const std::optional<Timestamp>& cut_off);
[[nodiscard]] std::string plan_of_destruction(const json::Value& authority,
                                              const AuthorityCommand& command);

// Until when boards come in: so many days from now, a day (its beginning, UTC), a time of RFC 3339,
// or nothing for "never". `invalid_argument` for anything else and for days beyond a hundred years.
[[nodiscard]] Result<std::optional<Timestamp>> parse_cut_off(std::string_view text, Timestamp now);

}  // namespace fastness::supervisor
