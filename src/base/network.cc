#include "base/network.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

namespace fastness {
namespace {

constexpr unsigned kAllBits = 128;
constexpr unsigned kMappedBits = 96;  // of ::ffff:0:0/96
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool is_mapped(const std::array<std::uint8_t, 16>& address) {
  return std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

std::optional<std::array<std::uint8_t, 16>> parse_address(std::string_view raw_text) {
  const std::string text(raw_text);
  if (text.find('\0') != std::string::npos) return std::nullopt;
  std::array<std::uint8_t, 16> address{};
  std::array<std::uint8_t, 4> four{};
  if (inet_pton(AF_INET, text.c_str(), four.data()) == 1) {
    std::copy(kMapped.begin(), kMapped.end(), address.begin());
    std::copy(four.begin(), four.end(), address.begin() + kMapped.size());
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

bool has_bit(const std::array<std::uint8_t, 16>& address, unsigned bit) {
  return ((static_cast<unsigned>(address[bit / 8]) >> (7 - bit % 8)) & 1U) != 0;
}

bool is_same(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b,
             unsigned bits) {
  for (unsigned bit = 0; bit < bits; ++bit) {
    if (has_bit(a, bit) != has_bit(b, bit)) return false;
  }
  return true;
}

Unexpected<Error> no_network() {
  return fail(Errc::invalid_argument,
              "a network is an address and the bits that count, such as 192.0.2.0/24 or "
              "2001:db8::/32");
}

}  // namespace

Result<Network> Network::parse(std::string_view untrusted) {
  const std::size_t slash = untrusted.find('/');
  const auto address = parse_address(untrusted.substr(0, slash));
  if (!address) return no_network();
  // As it is written, not as it is meant: only a dotted address counts 32 bits.
  const bool is_v4 = untrusted.substr(0, slash).find(':') == std::string_view::npos;
  const unsigned before = is_v4 ? kMappedBits : 0;
  unsigned bits = kAllBits - before;
  if (slash != std::string_view::npos) {
    const std::string_view length = untrusted.substr(slash + 1);
    const char* end = length.data() + length.size();
    const auto read = std::from_chars(length.data(), end, bits);
    if (length.empty() || read.ec != std::errc() || read.ptr != end || bits > kAllBits - before) {
      return no_network();
    }
  }
  for (unsigned bit = before + bits; bit < kAllBits; ++bit) {
    if (has_bit(*address, bit)) {
      return fail(Errc::invalid_argument,
                  "a network has no bits set but those that count: 192.0.2.0/24, not 192.0.2.7/24");
    }
  }
  return Network(*address, before + bits);
}

bool Network::has(std::string_view address) const {
  const auto parsed = parse_address(address);
  if (!parsed) return false;
  // ::/0 is every IPv6 address; IPv4 has a network of its own, 0.0.0.0/0.
  if (bits_ < kMappedBits && is_mapped(*parsed)) return false;
  return is_same(*parsed, address_, bits_);
}

std::string Network::to_text() const {
  const bool is_v4 = bits_ >= kMappedBits && is_mapped(address_);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto* bytes = is_v4 ? address_.data() + kMapped.size() : address_.data();
  inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
  return std::string(text.data()) + "/" + std::to_string(is_v4 ? bits_ - kMappedBits : bits_);
}

bool any_has(const Networks& networks, std::string_view address) {
  return std::ranges::any_of(networks,
                             [&](const Network& network) { return network.has(address); });
}

std::string to_text(const Networks& networks) {
  std::string text;
  for (const Network& network : networks) text += (text.empty() ? "" : " ") + network.to_text();
  return text;
}

Result<Networks> parse_networks(std::string_view text) {
  Networks networks;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    FASTNESS_ASSIGN_OR_RETURN(const Network network, Network::parse(text.substr(0, end)));
    networks.push_back(network);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return networks;
}

}  // namespace fastness
