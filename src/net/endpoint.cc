#include "net/endpoint.h"

#include <charconv>

namespace fastness::net {
namespace ip = boost::asio::ip;

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return fail(Errc::invalid_argument, "a port is a number from 0 to 65535");
  }
  return port;
}

Result<ip::address> parse_address(std::string_view text) {
  boost::system::error_code error;
  const auto address = ip::make_address(text, error);
  if (error || text.find('%') != std::string_view::npos) {
    return fail(Errc::invalid_argument, "expected a literal address without a zone");
  }
  return address;
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(Errc::invalid_argument, "expected address:port");
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::uint16_t port, parse_port(text.substr(colon + 1)));

  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);

  boost::system::error_code error;
  const auto address = ip::make_address(std::string(host), error);
  if (error || address.is_v6() != bracketed) {
    return fail(Errc::invalid_argument,
                "expected a literal address, as in 127.0.0.1:8883 or [::1]:8883");
  }
  return Endpoint(address, port);
}

std::string to_text(const Endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

ip::address unmapped(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

}  // namespace fastness::net
