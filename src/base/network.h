#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fastness {

// A network, or one address (RFC 4632, RFC 4291): an address, and how many of its bits count. An
// immutable value; IPv4 within IPv6 (::ffff:192.0.2.1) is IPv4.
class Network {
 public:
  // "192.0.2.0/24", "2001:db8::/32", or one address. `invalid_argument` for anything else, also for
  // bits that the length leaves out: who writes 192.0.2.7/24 may mean either.
  [[nodiscard]] static Result<Network> parse(std::string_view untrusted);

  // Text that is no address is in no network.
  [[nodiscard]] bool has(std::string_view address) const;

  // "192.0.2.0/24": the one spelling.
  [[nodiscard]] std::string to_text() const;

  friend bool operator==(const Network&, const Network&) = default;

 private:
  using Address = std::array<std::uint8_t, 16>;
  Network(Address address, unsigned bits) : address_(address), bits_(bits) {}

  Address address_;  // IPv4 as it is mapped into IPv6
  unsigned bits_;    // of the sixteen bytes
};

using Networks = std::vector<Network>;

// Whether `address` is in one of them; in none if there are none.
[[nodiscard]] bool any_has(const Networks& networks, std::string_view address);

// With a space between.
[[nodiscard]] std::string to_text(const Networks& networks);
[[nodiscard]] Result<Networks> parse_networks(std::string_view text);

}  // namespace fastness
