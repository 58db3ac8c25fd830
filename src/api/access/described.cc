#include "api/access/described.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "json/time_text.h"
#include "json/value.h"

namespace fastness::api {
namespace {

using http::Status;
using Kind = DescribedParameter::Kind;

constexpr std::string_view kJson = "application/json";
// Of a name that somebody made up and is shown again.
constexpr std::size_t kMaxShownName = 64;

std::string shown_name(std::string_view raw_name) {
  return std::string(raw_name.substr(0, kMaxShownName));
}

template <typename List, typename Name>
std::string list_of(const List& list, Name name_of) {
  std::string text;
  for (const auto& each : list) text += (text.empty() ? "" : ", ") + std::string(name_of(each));
  return text.empty() ? "none" : text;
}

std::string list_of(std::span<const std::string_view> names) {
  return list_of(names, [](std::string_view name) { return name; });
}

Result<void, Problem> check_integer(const DescribedParameter& parameter, std::string_view value) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool is_number = error == std::errc() && end == value.data() + value.size();
  if (is_number && number >= parameter.min && number <= parameter.max) return {};
  return refuse(Status::bad_request,
                "must be a number from " + std::to_string(parameter.min) + " to " +
                    std::to_string(parameter.max),
                std::string(parameter.name));
}

Result<void, Problem> check_parameter(const DescribedParameter& parameter, std::string_view value) {
  switch (parameter.kind) {
    case Kind::integer:
      return check_integer(parameter, value);
    case Kind::time:
      if (json::parse_time(value)) return {};
      return refuse(Status::bad_request, "must be a time as in RFC 3339",
                    std::string(parameter.name));
    case Kind::one_of:
      if (std::ranges::find(parameter.values, value) != parameter.values.end()) return {};
      return refuse(Status::bad_request, "must be one of " + list_of(parameter.values),
                    std::string(parameter.name));
    case Kind::text:
      break;
  }
  return {};
}

Result<void, Problem> check_query(const DescribedOperation& described, const http::Query& query) {
  for (const auto& [name, value] : query.pairs()) {
    const auto parameter = std::ranges::find(described.query, name, &DescribedParameter::name);
    if (parameter == described.query.end()) {
      if (described.takes_any_query) continue;
      return refuse(
          Status::bad_request,
          "is no query parameter of this path. It takes: " +
              list_of(described.query, [](const DescribedParameter& each) { return each.name; }) +
              ".",
          shown_name(name));
    }
    if (!parameter->may_repeat && query.all(name).size() > 1) {
      return refuse(Status::bad_request, "may be given once only", std::string(parameter->name));
    }
    FASTNESS_REFUSE_IF_ERROR(check_parameter(*parameter, value));
  }
  for (const DescribedParameter& parameter : described.query) {
    if (parameter.is_required && !query.find(parameter.name)) {
      return refuse(Status::bad_request, "is needed", std::string(parameter.name));
    }
  }
  return {};
}

// Without its parameters and in lower case; empty if the request names none.
std::string media_type_of(const http::Request& request) {
  std::string type(request.headers.find("content-type").value_or(""));
  type.resize(std::min(type.size(), type.find(';')));
  while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
  std::ranges::transform(type, type.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return type;
}

// No type at all is taken for the one that is described: nothing could be gained by sending
// another.
Result<void, Problem> check_media_type(std::span<const std::string_view> allowed,
                                       const std::string& type) {
  if (type.empty() || std::ranges::find(allowed, type) != allowed.end()) return {};
  return refuse(Status::unsupported_media_type,
                "This path takes a body of the Content-Type " + list_of(allowed) + ".",
                "Content-Type");
}

Result<void, Problem> check_members(const DescribedOperation& described, const std::string& body) {
  FASTNESS_ASSIGN_OR_REFUSE(const json::Value document, json::parse(body));
  const auto* object = document.get<json::Object>();
  if (object == nullptr) return refuse(Status::bad_request, "The body must be a JSON object.");
  for (const auto& [name, value] : *object) {
    if (std::ranges::find(described.members, std::string_view(name)) == described.members.end()) {
      return refuse(Status::bad_request,
                    "is no member of this request. It has: " + list_of(described.members) + ".",
                    shown_name(name));
    }
  }
  return {};
}

Result<void, Problem> check_body(const DescribedOperation& described,
                                 const http::Request& request) {
  // What must be there, the parser of the body says.
  if (request.body.empty()) return {};
  if (described.max_bytes != 0 && request.body.size() > described.max_bytes) {
    return refuse(Status::content_too_large,
                  "At most " + std::to_string(described.max_bytes) + " bytes.");
  }
  static constexpr std::string_view kOnlyJson[] = {kJson};
  const std::span<const std::string_view> types = described.media_types.empty()
                                                      ? std::span<const std::string_view>(kOnlyJson)
                                                      : described.media_types;
  FASTNESS_REFUSE_IF_ERROR(check_media_type(types, media_type_of(request)));
  if (types.front() != kJson) return {};
  return check_members(described, request.body);
}

}  // namespace

const DescribedOperation* find_described(http::Method method, std::string_view pattern) {
  const auto all = described_operations();
  const auto found = std::ranges::find_if(all, [&](const DescribedOperation& each) {
    return each.method == method && each.pattern == pattern;
  });
  return found == all.end() ? nullptr : &*found;
}

Result<void, Problem> check_described(const DescribedOperation& described,
                                      const http::Request& request) {
  FASTNESS_REFUSE_IF_ERROR(check_query(described, request.query));
  return check_body(described, request);
}

}  // namespace fastness::api
