#pragma once

#include <map>
#include <string>
#include <utility>

#include "api/access/policy.h"
#include "api/generated/requests.h"
#include "json/writer.h"
#include "things/model/device.h"

namespace fastness::api::v1 {

// The request's body as a T, whose form api/openapi.yaml gives. No body counts as {}.
template <typename T>
[[nodiscard]] Result<T, Problem> read_body(const Call& call) {
  const std::string& text = call.request.body;
  FASTNESS_ASSIGN_OR_REFUSE(const json::Value body, json::parse(text.empty() ? "{}" : text));
  auto request = parse_body<T>(body);
  if (!request) return refuse(request);
  return std::move(request).value();
}

// Runs `write` on an object and answers with it.
template <typename Write>
[[nodiscard]] http::Response object(http::Status status, Write write) {
  json::Writer out;
  out.begin_object();
  write(out);
  out.end_object();
  return http::Response::json(status, std::move(out).text());
}

[[nodiscard]] things::Tags to_tags(std::map<std::string, std::string>&& tags);

}  // namespace fastness::api::v1
