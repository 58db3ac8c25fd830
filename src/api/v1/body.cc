#include "api/v1/body.h"

#include <charconv>
#include <iterator>

#include "json/time_text.h"

namespace fastness::api::v1 {

using http::Status;

things::Tags to_tags(std::map<std::string, std::string>&& tags) {
  return {std::make_move_iterator(tags.begin()), std::make_move_iterator(tags.end())};
}

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

}  // namespace fastness::api::v1
