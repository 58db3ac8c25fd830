#pragma once

#include <cstdint>
#include <string_view>

namespace fastness::http {

// The status codes that we send (RFC 9110, 15; RFC 6585).
enum class Status : std::uint16_t {
  switching_protocols = 101,
  ok = 200,
  created = 201,
  accepted = 202,
  no_content = 204,
  found = 302,
  not_modified = 304,
  bad_request = 400,
  unauthorized = 401,
  forbidden = 403,
  not_found = 404,
  method_not_allowed = 405,
  not_acceptable = 406,
  request_timeout = 408,
  conflict = 409,
  gone = 410,
  length_required = 411,
  precondition_failed = 412,
  content_too_large = 413,
  uri_too_long = 414,
  unsupported_media_type = 415,
  misdirected_request = 421,
  unprocessable_content = 422,
  upgrade_required = 426,
  too_many_requests = 429,
  header_fields_too_large = 431,
  internal_server_error = 500,
  not_implemented = 501,
  service_unavailable = 503,
};

[[nodiscard]] constexpr unsigned to_number(Status status) {
  return static_cast<unsigned>(status);
}

// The reason phrase, for people who read traces.
[[nodiscard]] std::string_view reason(Status status);

// Whether a response with this status never has a body (RFC 9110, 6.4.1).
[[nodiscard]] constexpr bool is_bodyless(Status status) {
  return to_number(status) < 200 || status == Status::no_content || status == Status::not_modified;
}

}  // namespace fastness::http
