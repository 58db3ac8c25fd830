#pragma once

#include <optional>
#include <string>

#include "base/network.h"
#include "base/result.h"
#include "http/headers.h"

namespace fastness::http_server {

// Who made a request, as the proxies before us tell it: each adds to the end of X-Forwarded-For
// whom it was called by, and what stood there before may be anybody's invention. So it is read from
// its end, past the addresses of `proxies`, to the first that is none of theirs; or to the very
// first. An address without its port, as we spell it; nothing without such a field.
// `invalid_argument` if something else than an address, with or without a port, stands where one is
// looked for.
[[nodiscard]] Result<std::optional<std::string>> forwarded_for(const http::Headers& headers,
                                                               const Networks& proxies);

// Whether the request says that somebody passed it on (RFC 7239; RFC 9110, 7.6.3). What it does not
// say may be so all the same.
[[nodiscard]] bool is_passed_on(const http::Headers& headers);

}  // namespace fastness::http_server
