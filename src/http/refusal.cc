#include "http/refusal.h"

#include "http/status.h"

namespace fastness::http {

Errc error_code(unsigned status) {
  switch (static_cast<Status>(status)) {
    case Status::bad_request:
    case Status::content_too_large:
    case Status::unprocessable_content:
      return Errc::invalid_argument;
    case Status::unauthorized:
      return Errc::unauthenticated;
    case Status::forbidden:
      return Errc::permission_denied;
    case Status::not_found:
      return Errc::not_found;
    case Status::conflict:
      return Errc::already_exists;
    case Status::too_many_requests:
      return Errc::exhausted;
    default:
      return Errc::unavailable;
  }
}

std::string refusal_sentence(std::string_view reason, std::string_view field) {
  const bool is_sentence = !reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z';
  if (field.empty() || is_sentence) return std::string(reason);
  return std::string(field) + " " + std::string(reason);
}

}  // namespace fastness::http
