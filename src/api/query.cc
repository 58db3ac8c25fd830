#include "api/query.h"

#include <charconv>
#include <string>

#include "json/time_text.h"

namespace fastness::api {

using http::Status;

Result<std::int64_t, Problem> query_integer(const Call& call, std::string_view name,
                                            QueryRange range) {
  const auto text = call.request.query.find(name);
  if (!text) return range.fallback;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < range.min ||
      value > range.max) {
    return refuse(
        Status::bad_request,
        "must be a number from " + std::to_string(range.min) + " to " + std::to_string(range.max),
        std::string(name));
  }
  return value;
}

Result<Timestamp, Problem> query_time(const Call& call, std::string_view name, Timestamp fallback) {
  const auto text = call.request.query.find(name);
  if (!text) return fallback;
  const auto time = json::parse_time(*text);
  if (!time) {
    return refuse(Status::bad_request, "must be a time as in RFC 3339", std::string(name));
  }
  return *time;
}

Result<things::Tags, Problem> query_tags(const Call& call, std::string_view name) {
  things::Tags tags;
  for (const std::string_view text : call.request.query.all(name)) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
      return refuse(Status::bad_request, "must be key:value", std::string(name));
    }
    tags.insert_or_assign(std::string(text.substr(0, colon)), std::string(text.substr(colon + 1)));
  }
  return tags;
}

}  // namespace fastness::api
