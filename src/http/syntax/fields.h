// The header fields that carry structure of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/headers.h"

namespace fastness::http {

// The value of the cookie `name` (RFC 6265, 5.4), or nothing if it was sent not exactly once: two
// of one name mean that somebody else planted one.
[[nodiscard]] std::optional<std::string_view> find_cookie(const Headers& headers,
                                                          std::string_view name);

// `Authorization: <scheme> <credentials>` (RFC 9110, 11.4).
struct Authorization {
  std::string scheme;  // lower case
  std::string credentials;
};

// Absent if there is no such field or more than one.
[[nodiscard]] std::optional<Authorization> authorization(const Headers& headers);

struct BasicCredentials {
  std::string user;
  std::string password;
};

// RFC 7617. `invalid_argument` unless it is base64 of `user:password`.
[[nodiscard]] Result<BasicCredentials> parse_basic(std::string_view credentials);

// Where a request or a page says that it is, without `user@`.
struct Host {
  std::string name;  // lower case; an IPv6 address keeps its brackets
  std::optional<std::uint16_t> port;
};

// Reads `name`, `name:port`, `[::1]` or `[::1]:port` (RFC 9110, 7.2). `invalid_argument` for
// anything that a URL's authority could not be.
[[nodiscard]] Result<Host> parse_host(std::string_view text);

// Whether `Accept-Encoding` allows `coding` (RFC 9110, 12.5.3): named, or matched by `*`, and not
// with a weight of zero.
[[nodiscard]] bool accepts_encoding(const Headers& headers, std::string_view coding);

// Whether `If-None-Match` names `etag`, which includes its quotes (RFC 9110, 13.1.2).
[[nodiscard]] bool matches_etag(const Headers& headers, std::string_view etag);

// What a body looks like. For the few endpoints whose clients send one kind and announce another.
enum class BodyKind : std::uint8_t { empty, json, form, other };
[[nodiscard]] BodyKind sniff_body(std::string_view body);

}  // namespace fastness::http
