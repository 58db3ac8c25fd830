#include "http/syntax/fields.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace fastness::http {
namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
  });
}

bool is_bracketed_address(std::string_view text) {
  return text.size() >= 4 && text.front() == '[' && text.back() == ']' &&
         std::ranges::all_of(text.substr(1, text.size() - 2),
                             [](char c) { return is_alphanumeric(c) || c == ':' || c == '.'; });
}

bool is_zero_weight(std::string_view parameter) {
  parameter = trim(parameter);
  if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return false;
  const std::string_view weight = parameter.substr(2);
  return !weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos;
}

enum class Wish { unmentioned, accepted, refused };

Wish wish_for(std::string_view list, std::string_view coding) {
  Wish any = Wish::unmentioned;
  while (!list.empty()) {
    std::string_view parameters = take_until(list, ',');
    const std::string_view name = trim(take_until(parameters, ';'));
    const Wish wish = is_zero_weight(parameters) ? Wish::refused : Wish::accepted;
    if (equal_ignoring_case(name, coding)) return wish;
    if (name == "*") any = wish;
  }
  return any;
}

}  // namespace

std::optional<std::string_view> find_cookie(const Headers& headers, std::string_view name) {
  std::optional<std::string_view> found;
  for (const auto& field : headers.fields()) {
    if (field.name != "cookie") continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      std::string_view value = trim(take_until(rest, ';'));
      if (take_until(value, '=') != name) continue;
      if (found) return std::nullopt;
      found = value;
    }
  }
  return found;
}

std::optional<Authorization> authorization(const Headers& headers) {
  if (headers.count("authorization") != 1) return std::nullopt;
  std::string_view credentials = trim(*headers.find("authorization"));
  const std::string_view scheme = take_until(credentials, ' ');
  return Authorization{to_lower(scheme), std::string(trim(credentials))};
}

Result<BasicCredentials> parse_basic(std::string_view credentials) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes decoded, from_base64(credentials));
  const std::string_view text = as_text(decoded);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find('\0') != std::string_view::npos) {
    return fail(Errc::invalid_argument, "not user:password");
  }
  return BasicCredentials{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

Result<Host> parse_host(std::string_view text) {
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const std::string_view name = has_port ? text.substr(0, colon) : text;
  if (!is_name(name) && !is_bracketed_address(name)) {
    return fail(Errc::invalid_argument, "not a host");
  }
  Host host{to_lower(name), std::nullopt};
  if (!has_port) return host;

  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    return fail(Errc::invalid_argument, "not a port");
  }
  host.port = port;
  return host;
}

bool accepts_encoding(const Headers& headers, std::string_view coding) {
  const auto list = headers.find("accept-encoding");
  return list && wish_for(*list, coding) == Wish::accepted;
}

bool matches_etag(const Headers& headers, std::string_view etag) {
  const auto list = headers.find("if-none-match");
  if (!list) return false;
  for (std::string_view rest = *list; !rest.empty();) {
    std::string_view candidate = trim(take_until(rest, ','));
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == etag || candidate == "*") return true;
  }
  return false;
}

BodyKind sniff_body(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return BodyKind::empty;
  const char start = body[first];
  if (start == '{' || start == '[') return BodyKind::json;
  return body.find('=') != std::string_view::npos ? BodyKind::form : BodyKind::other;
}

}  // namespace fastness::http
