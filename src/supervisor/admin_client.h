#pragma once

#include <string>
#include <string_view>

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

// Whether a hub listens on the admin socket. `not_found` if no instance was ever there.
[[nodiscard]] Result<bool> has_running_hub(const std::string& data_directory);

// Asks the hub that runs on `data_directory` over its admin socket, which only the instance's owner
// can reach. `not_found` if no instance was ever there, `unavailable` if none runs or the answer
// does not come within a minute.
[[nodiscard]] Result<AdminAnswer> ask_admin(const std::string& data_directory,
                                            const AdminRequest& request);

// The same, with the body of an answer that says yes; a refusal is an error in the instance's
// words.
[[nodiscard]] Result<std::string> tell_admin(const std::string& data_directory,
                                             const AdminRequest& request);

// Splits an HTTP/1.1 response whose body lasts to the end. `corrupted` if it is none.
[[nodiscard]] Result<AdminAnswer> parse_answer(std::string_view response);

}  // namespace fastness::supervisor
