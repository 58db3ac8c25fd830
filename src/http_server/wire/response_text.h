#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "http/message.h"

namespace fastness::http_server {

// How a response says where its body ends (RFC 9112, 6).
enum class Framing : std::uint8_t { length, chunked, until_close };

struct HeadOptions {
  Framing framing = Framing::length;
  std::size_t length = 0;  // of the body, also of one that is not sent to a HEAD
  bool keep_alive = true;
  Timestamp now;
};

// A response's first lines, blank line included. Framing is ours alone: a Content-Length,
// Transfer-Encoding or Connection that a handler set is left out.
[[nodiscard]] std::string response_head(const http::Response& response, const HeadOptions& options);

// One chunk (RFC 9112, 7.1); an empty one ends the body.
[[nodiscard]] std::string chunk(std::string_view part);

// As in a Date field (RFC 9110, 5.6.7).
[[nodiscard]] std::string http_date(Timestamp time);

}  // namespace fastness::http_server
