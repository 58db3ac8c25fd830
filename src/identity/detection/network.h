#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fastness::identity {

// Where a connection comes from, as far as one household goes: an IPv4 address, or the /64 of an
// IPv6 one, within which a device may change its address by itself (RFC 8981). Ports do not count.
// A value.
class Network {
 public:
  // Of "192.0.2.7:49152", "[2001:db8::7]:49152", or either without a port. Nothing if it is
  // neither.
  [[nodiscard]] static std::optional<Network> of(std::string_view remote);

  friend bool operator==(const Network&, const Network&) = default;

 private:
  explicit Network(std::uint64_t prefix) : prefix_(prefix) {}

  // An IPv4 address stands where ::/64 is, which no host on the Internet has (RFC 4291, 2.5.2).
  std::uint64_t prefix_;
};

}  // namespace fastness::identity
