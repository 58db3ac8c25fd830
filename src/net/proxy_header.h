#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "net/endpoint.h"

namespace fastness::net {

// What a proxy says first on a connection that it passes on: the PROXY protocol, versions 1 and 2
// (https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt). An immutable value.
struct ProxyHeader {
  std::size_t size;  // bytes, of the beginning of the connection
  // Who called the proxy, IPv4 as such. Nobody if the proxy comes for itself, to see whether we
  // live, or does not know.
  std::optional<Endpoint> source;
};

inline constexpr std::size_t kMaxProxyHeader = fixed_limit("proxies.header_bytes");

// Reads the header from `begun`, what has arrived of the connection. Nothing if there is more to
// come; every byte of `begun` is then the header's. `invalid_argument` for what is no header, is
// longer than kMaxProxyHeader, or speaks of another transport than TCP.
[[nodiscard]] Result<std::optional<ProxyHeader>> parse_proxy_header(ByteView begun);

}  // namespace fastness::net
