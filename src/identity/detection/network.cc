#include "identity/detection/network.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include <arpa/inet.h>

namespace fastness::identity {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8U | byte;
  return number;
}

std::string without_port(std::string_view remote) {
  if (remote.starts_with('[')) return std::string(remote.substr(1, remote.find(']') - 1));
  const bool is_v6 = std::ranges::count(remote, ':') > 1;
  return std::string(is_v6 ? remote : remote.substr(0, remote.find(':')));
}

}  // namespace

std::optional<Network> Network::of(std::string_view remote) {
  const std::string address = without_port(remote);
  std::array<std::uint8_t, 16> bytes{};
  const std::span<const std::uint8_t> all(bytes);
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
    return Network(big_endian(all.first<4>()));
  }
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return std::nullopt;
  // An IPv4 address as a listener for both kinds shows it (RFC 4291, 2.5.5.2).
  if (std::ranges::equal(all.first<12>(), kMappedPrefix)) return Network(big_endian(all.last<4>()));
  return Network(big_endian(all.first<8>()));
}

}  // namespace fastness::identity
