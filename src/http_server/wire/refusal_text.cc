#include "http_server/wire/refusal_text.h"

#include "base/fixed_limits.h"

namespace fastness::http_server {

using http::Status;

std::string refusal_text(Status status, const Limits& limits) {
  switch (status) {
    case Status::content_too_large:
      return "The body is larger than " + std::to_string(limits.max_body_bytes) +
             " bytes (limits.http_body_bytes). Send it in parts.\n";
    case Status::header_fields_too_large:
      return "The header is larger than " + std::to_string(limits.max_header_bytes) +
             " bytes (limits.http_header_bytes) or has more than " +
             std::to_string(fixed_limit("http.header_fields")) +
             " fields. Send fewer or shorter ones.\n";
    case Status::uri_too_long:
      return "The target is longer than " + std::to_string(fixed_limit("http.target_bytes")) +
             " bytes. Send what it says in the body.\n";
    case Status::too_many_requests:
      return "Requests come faster from this address than limits.http_requests_per_second. Wait a "
             "second.\n";
    case Status::service_unavailable:
      return "The server is answering as many requests as it can. Try again in a second.\n";
    default:
      return std::string(http::reason(status)) + "\n";
  }
}

}  // namespace fastness::http_server
