#include "webauthn/relying_party.h"

#include <algorithm>
#include <utility>

namespace fastness::webauthn {
namespace {

constexpr std::size_t kLongestName = 253;  // RFC 1035, 2.3.4

// The WHATWG's URL standard: a host whose last label is a number is an IPv4 address, or nothing.
bool is_address(std::string_view name) {
  if (name.find_first_of("[:]") != std::string_view::npos) return true;
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return last.starts_with("0x") ||
         std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                  c == '_';
         });
}

}  // namespace

Result<RelyingParty> RelyingParty::of(Scheme scheme, std::string_view name,
                                      std::optional<std::uint16_t> port) {
  if (!is_host_name(name) || is_address(name)) {
    return fail(Errc::invalid_argument, "a passkey belongs to a host name");
  }
  const std::uint16_t own_port = scheme == Scheme::https ? 443 : 80;
  std::string origin = (scheme == Scheme::https ? "https://" : "http://") + std::string(name);
  if (port && *port != own_port) origin += ":" + std::to_string(*port);
  return RelyingParty(std::string(name), std::move(origin));
}

}  // namespace fastness::webauthn
