#include "http_server/wire/security_headers.h"

#include <array>
#include <utility>

namespace fastness::http_server {
namespace {

using FieldList = std::pair<std::string_view, std::string_view>;

// The console: its own files and its own origin, nothing inline, no HTML sinks (Trusted Types).
// What it forbids is reported by `report-uri`, which every browser knows; where `report-to` is
// known, too, it waits a minute and needs a field more.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; report-uri /api/v1/browser-reports";

// Anything else is data: should a browser show it, it can do nothing.
constexpr std::string_view kDataPolicy =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

constexpr std::array<FieldList, 8> kAlways = {{
    {"x-content-type-options", "nosniff"},
    {"x-frame-options", "DENY"},
    {"referrer-policy", "no-referrer"},
    {"cross-origin-opener-policy", "same-origin"},
    {"cross-origin-resource-policy", "same-origin"},
    {"cross-origin-embedder-policy", "require-corp"},
    {"permissions-policy",
     "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
     "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), "
     "publickey-credentials-create=(self), publickey-credentials-get=(self)"},
    {"cache-control", "no-store"},
}};

void set_if_absent(http::Headers& headers, std::string_view name, std::string_view value) {
  if (headers.count(name) == 0) headers.add(name, value);
}

}  // namespace

void add_security_headers(http::Response& response, http::Channel channel,
                          const http::Host& to_host, bool hsts_subdomains) {
  for (const auto& [name, value] : kAlways) set_if_absent(response.headers, name, value);

  const auto type = response.headers.find("content-type");
  const bool is_page = type && type->starts_with("text/html");
  set_if_absent(response.headers, "content-security-policy", is_page ? kPagePolicy : kDataPolicy);

  // Not for localhost, where it would close the plaintext listener beside this one: browsers
  // remember hosts without their ports (RFC 6797, 8.1).
  if (channel == http::Channel::tls && to_host.name != "localhost") {
    set_if_absent(response.headers, "strict-transport-security",
                  hsts_subdomains ? "max-age=31536000; includeSubDomains" : "max-age=31536000");
  }
}

}  // namespace fastness::http_server
