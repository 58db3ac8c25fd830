#include "api/access/cors.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace fastness::api {
namespace {

// What the clients of this API send beyond what browsers always allow.
constexpr std::string_view kHeaders = "authorization, content-type, x-organization";

}  // namespace

std::string to_list(const std::vector<http::Method>& methods) {
  std::string text;
  for (const http::Method method : methods) {
    if (!text.empty()) text += ", ";
    text += to_text(method);
  }
  return text;
}

bool Cors::is_allowed(const http::Request& request) const {
  const auto origin = request.headers.find("origin");
  return origin && request.path.starts_with("/iot/") && origins_.contains(*origin);
}

bool Cors::is_preflight(const http::Request& request,
                        const std::vector<http::Method>& methods) const {
  if (request.method != http::Method::options || !is_allowed(request)) return false;
  const auto wanted = request.headers.find("access-control-request-method");
  const auto method = wanted ? http::parse_method(*wanted) : std::nullopt;
  return method && std::ranges::find(methods, *method) != methods.end();
}

http::Response Cors::answer(const std::vector<http::Method>& methods) {
  http::Response response = http::Response::empty(http::Status::no_content);
  response.headers.set("access-control-allow-methods", to_list(methods));
  response.headers.set("access-control-allow-headers", kHeaders);
  response.headers.set("access-control-max-age", "600");
  return response;
}

http::Responder Cors::readable(const http::Request& request, http::Responder respond) const {
  if (!is_allowed(request)) return respond;
  const std::string origin(*request.headers.find("origin"));
  // Shared, because std::function copies what it holds.
  const auto inner = std::make_shared<http::Responder>(std::move(respond));
  return http::Responder([inner, origin](http::Response response) {
    response.headers.set("access-control-allow-origin", origin);
    response.headers.set("access-control-expose-headers", "retry-after");
    response.headers.set("vary", "origin");
    (*inner)(std::move(response));
  });
}

}  // namespace fastness::api
