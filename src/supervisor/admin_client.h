#pragma once

#include <string>

#include "base/result.h"

namespace fastness::supervisor {

struct AdminAnswer {
  int status;
  std::string body;  // JSON
};

struct AdminRequest {
  std::string method;
  std::string path;
  std::string body;  // JSON, or empty
};

// Asks the hub that runs on `data_directory` over its admin socket, which only the instance's owner
// can reach. `not_found` if no instance was ever there, `unavailable` if none runs or the answer
// does not come within a minute.
[[nodiscard]] Result<AdminAnswer> ask_admin(const std::string& data_directory,
                                            const AdminRequest& request);

// Splits an HTTP/1.1 response whose body lasts to the end. `corrupted` if it is none.
[[nodiscard]] Result<AdminAnswer> parse_answer(std::string_view response);

}  // namespace fastness::supervisor
