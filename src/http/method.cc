#include "http/method.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fastness::http {
namespace {

constexpr std::array<std::pair<Method, std::string_view>, 7> kMethods = {{
    {Method::get, "GET"},
    {Method::head, "HEAD"},
    {Method::post, "POST"},
    {Method::put, "PUT"},
    {Method::patch, "PATCH"},
    {Method::delete_, "DELETE"},
    {Method::options, "OPTIONS"},
}};

}  // namespace

std::optional<Method> parse_method(std::string_view text) {
  const auto* found = std::ranges::find(kMethods, text, [](const auto& row) { return row.second; });
  return found == kMethods.end() ? std::nullopt : std::optional(found->first);
}

std::string_view to_text(Method method) {
  return kMethods[static_cast<std::size_t>(method)].second;
}

}  // namespace fastness::http
