#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/result.h"

namespace fastness::net {

using Endpoint = boost::asio::ip::tcp::endpoint;

// Reads `127.0.0.1:8883` or `[::1]:8883`: a literal address, never a name to be looked up, so that
// what we listen on cannot change with a resolver. Port 0 asks the kernel for a free one.
// `invalid_argument` for anything else.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

// Reads an address that others tell us: literal, and without a zone, which is of one machine.
// `invalid_argument` for anything else.
[[nodiscard]] Result<boost::asio::ip::address> parse_address(std::string_view text);

// Reads a number from 0 to 65535; `invalid_argument` for anything else.
[[nodiscard]] Result<std::uint16_t> parse_port(std::string_view text);

// The inverse of `parse_endpoint`.
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

// An IPv4 address that arrived through a dual-stack socket, as itself.
[[nodiscard]] boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

}  // namespace fastness::net
