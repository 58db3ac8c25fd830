#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sockaddr;

namespace fastness::outgoing {

// An address of a host, as IPv6: one of IPv4 is the mapped one (RFC 4291, 2.5.5.2), so that the two
// spellings cannot be told apart, and what is forbidden in one is in the other. Immutable.
class IpAddress {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  explicit IpAddress(const Bytes& bytes) : bytes_(bytes) {}

  // "192.0.2.1" or "2001:db8::1", nothing else: no octal, hexadecimal or short form.
  [[nodiscard]] static Result<IpAddress> parse(std::string_view text);
  // Nothing for other families.
  [[nodiscard]] static std::optional<IpAddress> from(const sockaddr& address);

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] std::string to_text() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  Bytes bytes_;
};

// "10.0.0.0/8", "fd00::/8", or one address. Immutable.
class AddressRange {
 public:
  // `invalid_argument` also for bits behind the prefix: whoever writes 10.0.0.5/8 means something
  // else.
  [[nodiscard]] static Result<AddressRange> parse(std::string_view text);

  [[nodiscard]] bool contains(const IpAddress& address) const;

 private:
  AddressRange(const IpAddress& first, unsigned prefix) : first_(first), prefix_(prefix) {}

  IpAddress first_;
  unsigned prefix_;  // bits, of 128
};

// Whether the address is one of the public Internet: not this machine, a private or link-local
// network, a group, reserved, an address that carries another one, or one where clouds tell
// machines their secrets.
[[nodiscard]] bool is_public(const IpAddress& address);

[[nodiscard]] bool is_loopback(const IpAddress& address);

}  // namespace fastness::outgoing
