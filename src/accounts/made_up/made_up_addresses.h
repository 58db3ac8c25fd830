// The addresses of people who came along into another environment: docs/decisions/0068.
#pragma once

#include <cstdint>
#include <string>

#include "accounts/users.h"
#include "base/result.h"
#include "storage/database.h"

namespace fastness::accounts {

// Gives whoever has no address one that reaches nobody (RFC 6761, 6.4), by their place in the order
// in which accounts were made: "user-1@example.invalid". Returns how many had none; that is none on
// any instance but one that was restored scrubbed, and there after the first time. Each person's is
// whole or not there, so it can be cut off and called again. `database` is the users'. For the
// control thread, before anybody is served.
[[nodiscard]] Result<std::uint64_t> give_made_up_addresses(storage::Database& database,
                                                           Users& users);

[[nodiscard]] std::string made_up_address(std::uint64_t place);

}  // namespace fastness::accounts
