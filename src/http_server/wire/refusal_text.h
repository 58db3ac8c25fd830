#pragma once

#include <string>

#include "http/status.h"
#include "http_server/connection/limits.h"

namespace fastness::http_server {

// What a caller is told whom the server refuses itself, before any handler: for a limit, which one
// it is and what to do.
[[nodiscard]] std::string refusal_text(http::Status status, const Limits& limits);

}  // namespace fastness::http_server
