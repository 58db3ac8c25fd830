#include "http_server/wire/framing.h"

#include <algorithm>

#include "base/fixed_limits.h"

namespace fastness::http_server {
namespace {

using http::Status;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeaderEnd = "\r\n\r\n";
constexpr std::size_t kMaxFields = fixed_limit("http.header_fields");
constexpr std::size_t kMaxTargetBytes = fixed_limit("http.target_bytes");

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

// RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find(kLineEnd);
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + kLineEnd.size());
  return line;
}

std::optional<Status> check_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Status::bad_request;
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);

  if (!is_token(line.substr(0, first))) return Status::bad_request;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return Status::bad_request;
  if (target.size() > kMaxTargetBytes) return Status::uri_too_long;
  const bool is_origin_form =
      target.starts_with('/') && is_visible(target) && target.find('#') == std::string_view::npos;
  return is_origin_form ? std::nullopt : std::optional(Status::bad_request);
}

// A line that begins with a space would be a folded one (RFC 9112, 5.2); as a name it is no token.
bool is_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  return colon != std::string_view::npos && is_token(line.substr(0, colon)) &&
         std::ranges::none_of(line.substr(colon + 1), is_control);
}

}  // namespace

std::optional<std::size_t> find_header_end(std::string_view input) {
  const std::size_t end = input.find(kHeaderEnd);
  return end == std::string_view::npos ? std::nullopt : std::optional(end + kHeaderEnd.size());
}

std::optional<Status> check_raw_header(std::string_view header) {
  std::string_view rest = header;
  if (const auto refusal = check_request_line(take_line(rest))) return refusal;
  std::size_t fields = 0;
  while (rest != kLineEnd) {
    if (rest.find(kLineEnd) == std::string_view::npos) return Status::bad_request;
    if (!is_field(take_line(rest))) return Status::bad_request;
    if (++fields > kMaxFields) return Status::header_fields_too_large;
  }
  return std::nullopt;
}

std::optional<Status> check_fields(const http::Headers& headers, int version) {
  constexpr int kHttp10 = 10;
  const std::size_t hosts = headers.count("host");
  if (hosts > 1 || (hosts == 0 && version != kHttp10)) return Status::bad_request;
  if (hosts == 1 && !http::parse_host(*headers.find("host"))) return Status::bad_request;

  const std::size_t lengths = headers.count("content-length");
  const std::size_t codings = headers.count("transfer-encoding");
  if (lengths + codings > 1) return Status::bad_request;
  if (lengths == 1) {
    const std::string_view digits = *headers.find("content-length");
    const bool is_number =
        !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) return Status::bad_request;
  }
  if (codings == 1) {
    if (version == kHttp10) return Status::bad_request;
    const std::string_view coding = *headers.find("transfer-encoding");
    if (!http::equal_ignoring_case(coding, "chunked")) return Status::not_implemented;
  }
  return std::nullopt;
}

Result<void> set_target(http::Request& request, std::string_view target) {
  const std::string_view path = http::take_until(target, '?');
  FASTNESS_ASSIGN_OR_RETURN(request.query, http::Query::parse(target));
  request.path = path;
  return {};
}

}  // namespace fastness::http_server
