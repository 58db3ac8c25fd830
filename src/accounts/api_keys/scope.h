#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fastness::accounts {

// What an API key may do. The numbers are stored; new ones go at the end.
enum class Scope : std::uint8_t {
  devices_read = 0,
  devices_write = 1,
  devices_enrol = 2,  // certificates and secret keys, suspending, revoking
  things_read = 3,    // with last values
  things_write = 4,
  values_write = 5,
  history_read = 6,
  security_read = 7,  // the check-up: where the organisation is weak
  audit_read = 8,     // the trail: who did what, and who accessed data
};

inline constexpr std::array kAllScopes = {
    Scope::devices_read, Scope::devices_write, Scope::devices_enrol,
    Scope::things_read,  Scope::things_write,  Scope::values_write,
    Scope::history_read, Scope::security_read, Scope::audit_read,
};

// "devices:read", …
[[nodiscard]] std::string_view to_text(Scope scope);
[[nodiscard]] std::optional<Scope> parse_scope(std::string_view text);

// A set of scopes. A value of one word.
class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) add(scope);
  }

  [[nodiscard]] static constexpr Scopes all() {
    Scopes scopes;
    for (const Scope scope : kAllScopes) scopes.add(scope);
    return scopes;
  }
  // Bits that mean no scope are dropped.
  [[nodiscard]] static constexpr Scopes from_bits(std::uint64_t bits) {
    Scopes scopes;
    scopes.bits_ = bits & all().bits_;
    return scopes;
  }

  constexpr void add(Scope scope) { bits_ |= bit(scope); }
  [[nodiscard]] constexpr bool has(Scope scope) const { return (bits_ & bit(scope)) != 0; }
  [[nodiscard]] constexpr bool includes(Scopes other) const { return (other.bits_ & ~bits_) == 0; }
  [[nodiscard]] constexpr bool is_empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
  [[nodiscard]] std::vector<Scope> list() const;

  friend constexpr Scopes operator|(Scopes a, Scopes b) { return from_bits(a.bits_ | b.bits_); }
  friend constexpr Scopes operator&(Scopes a, Scopes b) { return from_bits(a.bits_ & b.bits_); }
  friend bool operator==(const Scopes&, const Scopes&) = default;

 private:
  static constexpr std::uint64_t bit(Scope scope) {
    return std::uint64_t{1} << static_cast<unsigned>(scope);
  }
  std::uint64_t bits_ = 0;
};

}  // namespace fastness::accounts
