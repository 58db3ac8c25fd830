#pragma once

#include <string>

#include "base/result.h"

namespace fastness::supervisor {

struct AdminAnswer {
  int status;
  std::string body;  // JSON
};

// Asks the running hub over the admin socket in `folder`, which only this instance's owner can
// reach. `unavailable` if nothing listens there or the answer does not come within a minute.
[[nodiscard]] Result<AdminAnswer> ask_admin(const std::string& folder, const std::string& path,
                                            const std::string& body);

// Splits an HTTP/1.1 response whose body lasts to the end. `corrupted` if it is none.
[[nodiscard]] Result<AdminAnswer> parse_answer(std::string_view response);

}  // namespace fastness::supervisor
