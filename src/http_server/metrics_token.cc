#include "http_server/metrics_token.h"

#include <algorithm>

#include "base/fixed_limits.h"
#include "http/syntax/fields.h"

namespace fastness::http_server {
namespace {

constexpr std::size_t kLeast = fixed_limit("metrics.token_least_bytes");
constexpr std::size_t kMost = fixed_limit("metrics.token_bytes");

}  // namespace

Result<MetricsToken> MetricsToken::parse(std::string_view file) {
  const std::string_view token = file.substr(0, file.find_last_not_of("\r\n") + 1);
  const bool is_visible = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
  if (token.size() < kLeast || token.size() > kMost || !is_visible) {
    return fail(Errc::invalid_argument,
                "a metrics token is one line of 16 to 1024 visible characters; make one with "
                "`openssl rand -hex 32`");
  }
  return MetricsToken(crypto::sha256(as_bytes(token)));
}

bool MetricsToken::is_borne_by(const http::Request& request) const {
  const auto given = http::authorization(request.headers);
  return given && given->scheme == "bearer" &&
         crypto::constant_time_equal(crypto::sha256(as_bytes(given->credentials)), digest_);
}

}  // namespace fastness::http_server
