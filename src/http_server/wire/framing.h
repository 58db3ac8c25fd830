// The rules of RFC 9112 that decide where a request ends and who it is for. Two parsers that
// disagree there are how requests get smuggled, so anything unusual is refused. On top of Beast's
// own strictness, and before it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace fastness::http_server {

// The number of bytes up to and including the blank line that ends a header, or nothing if it has
// not arrived yet.
[[nodiscard]] std::optional<std::size_t> find_header_end(std::string_view input);

// Looks at a whole header as it came: lines end with CRLF, none is folded, a name touches its
// colon, at most 100 fields, no control characters, a request target in origin form. The status to
// refuse it with, or nothing if it is sound.
[[nodiscard]] std::optional<http::Status> check_raw_header(std::string_view header);

// Looks at the parsed fields: one Host, one way to say how long the body is.
// `version` is 10 or 11.
[[nodiscard]] std::optional<http::Status> check_fields(const http::Headers& headers, int version);

// Splits a request target into path and query. `invalid_argument` if the query does not decode.
[[nodiscard]] Result<void> set_target(http::Request& request, std::string_view target);

}  // namespace fastness::http_server
