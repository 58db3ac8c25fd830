#include "http_server/wire/forwarded_for.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "net/endpoint.h"

namespace fastness::http_server {
namespace {

constexpr std::string_view kForwardedFor = "x-forwarded-for";

// An address as the field has it: some proxies add the port, and brackets around IPv6 then.
std::optional<std::string> parse_forwarded(std::string_view text) {
  auto address = net::parse_address(text);
  if (const auto endpoint = net::parse_endpoint(text); !address && endpoint) {
    address = endpoint->address();
  }
  if (!address) return std::nullopt;
  return net::unmapped(*address).to_string();
}

}  // namespace

Result<std::optional<std::string>> forwarded_for(const http::Headers& headers,
                                                 const Networks& proxies) {
  std::optional<std::string> caller;
  const auto& fields = headers.fields();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (field->name != kForwardedFor) continue;
    std::string_view rest = field->value;
    while (!rest.empty()) {
      const std::size_t comma = rest.rfind(',');
      const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
      caller = parse_forwarded(http::trim(rest.substr(begin)));
      if (!caller) return fail(Errc::invalid_argument, "X-Forwarded-For has no address there");
      if (!any_has(proxies, *caller)) return caller;
      rest = rest.substr(0, begin == 0 ? 0 : comma);
    }
  }
  return caller;
}

bool is_passed_on(const http::Headers& headers) {
  constexpr std::array<std::string_view, 3> kOfProxies = {kForwardedFor, "forwarded", "via"};
  return std::ranges::any_of(kOfProxies, [&](auto name) { return headers.count(name) != 0; });
}

}  // namespace fastness::http_server
