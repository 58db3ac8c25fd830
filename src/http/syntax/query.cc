#include "http/syntax/query.h"

#include <algorithm>

#include "http/headers.h"

namespace fastness::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> form_decode(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return percent_decode(spaced);
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return fail(Errc::invalid_argument, "broken percent-encoding");
    const int byte = high * 16 + low;
    if (byte == 0) return fail(Errc::invalid_argument, "an encoded NUL");
    out.push_back(static_cast<char>(byte));
    i += 2;
  }
  return out;
}

Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    std::string_view pair = take_until(text, '&');
    if (pair.empty()) continue;
    if (query.pairs_.size() == kMaxPairs) return fail(Errc::exhausted, "too many parameters");
    FASTNESS_ASSIGN_OR_RETURN(std::string name, form_decode(take_until(pair, '=')));
    FASTNESS_ASSIGN_OR_RETURN(std::string value, form_decode(pair));
    query.pairs_.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
  const auto found = std::ranges::find(pairs_, name, [](const auto& pair) { return pair.first; });
  return found == pairs_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::vector<std::string_view> Query::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : pairs_) {
    if (key == name) values.emplace_back(value);
  }
  return values;
}

}  // namespace fastness::http
