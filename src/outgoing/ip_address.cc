#include "outgoing/ip_address.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace fastness::outgoing {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;
constexpr unsigned kBits = 128;

IpAddress mapped(const std::uint8_t* v4) {
  IpAddress::Bytes bytes{};
  std::ranges::copy(kMapped, bytes.begin());
  std::copy_n(v4, 4, bytes.begin() + kMapped.size());
  return IpAddress(bytes);
}

Unexpected<Error> no_address(std::string_view text) {
  return fail(Errc::invalid_argument, "not an IP address: " + std::string(text));
}

std::vector<AddressRange> ranges(std::initializer_list<const char*> texts) {
  std::vector<AddressRange> parsed;
  for (const char* text : texts) parsed.push_back(AddressRange::parse(text).value());
  return parsed;
}

bool any_contains(const std::vector<AddressRange>& ranges, const IpAddress& address) {
  return std::ranges::any_of(ranges, [&](const auto& each) { return each.contains(address); });
}

}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string whole(text);
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, whole.c_str(), v4.data()) == 1) return mapped(v4.data());
  Bytes v6{};
  if (::inet_pton(AF_INET6, whole.c_str(), v6.data()) == 1) return IpAddress(v6);
  return no_address(text);
}

std::optional<IpAddress> IpAddress::from(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return mapped(reinterpret_cast<const std::uint8_t*>(&v4.sin_addr));
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  Bytes bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return IpAddress(bytes);
}

bool IpAddress::is_v4() const {
  return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin());
}

std::string IpAddress::to_text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4()) {
    ::inet_ntop(AF_INET, bytes_.data() + kMapped.size(), text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  }
  return text.data();
}

Result<AddressRange> AddressRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  FASTNESS_ASSIGN_OR_RETURN(const IpAddress first, IpAddress::parse(text.substr(0, slash)));
  if (slash == std::string_view::npos) return AddressRange(first, kBits);
  const std::string_view digits = text.substr(slash + 1);
  unsigned prefix = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  const bool is_short = first.is_v4() && text.find(':') == std::string_view::npos;
  if (is_short) prefix += kMappedBits;
  if (status != std::errc() || end != digits.data() + digits.size() || prefix > kBits) {
    return fail(Errc::invalid_argument, "not a range of addresses: " + std::string(text));
  }
  IpAddress::Bytes cut = first.bytes();
  for (unsigned bit = prefix; bit < kBits; ++bit) {
    cut[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  }
  if (cut != first.bytes()) {
    return fail(Errc::invalid_argument,
                "the range " + std::string(text) + " has bits behind its prefix; it may mean " +
                    IpAddress(cut).to_text() + std::string(text.substr(slash)));
  }
  return AddressRange(first, prefix);
}

bool AddressRange::contains(const IpAddress& address) const {
  const unsigned whole = prefix_ / 8;
  if (!std::equal(first_.bytes().begin(), first_.bytes().begin() + whole,
                  address.bytes().begin())) {
    return false;
  }
  if (prefix_ % 8 == 0) return true;
  const unsigned shift = 8 - prefix_ % 8;
  return first_.bytes()[whole] >> shift == address.bytes()[whole] >> shift;
}

// The registries of special-purpose addresses (RFC 6890), and Azure's address for its own machines.
bool is_public(const IpAddress& address) {
  static const std::vector<AddressRange> special_v4 =
      ranges({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16",
              "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
              "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
              "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"});
  // Of IPv6 only global unicast is allowed, and of that not what carries an IPv4 address.
  static const std::vector<AddressRange> global_v6 = ranges({"2000::/3"});
  static const std::vector<AddressRange> special_v6 =
      ranges({"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"});
  if (address.is_v4()) return !any_contains(special_v4, address);
  return any_contains(global_v6, address) && !any_contains(special_v6, address);
}

bool is_loopback(const IpAddress& address) {
  static const std::vector<AddressRange> own = ranges({"127.0.0.0/8", "::1"});
  return any_contains(own, address);
}

}  // namespace fastness::outgoing
