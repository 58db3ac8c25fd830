#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "accounts/api_keys/scope.h"

namespace fastness::accounts {

// What a person is in an organisation. The greater one may all that the lesser one may. The numbers
// are stored.
enum class Role : std::uint8_t {
  guest = 0,          // has the things that they were given by name, and nothing else
  viewer = 1,         // looks, and changes nothing
  member = 2,         // works with devices and things, and makes API keys of their own
  administrator = 3,  // and decides who else is here, and sees the trail and every API key
  owner = 4,          // and decides who administers. Each organisation has exactly one.
};

inline constexpr std::array kAllRoles = {Role::guest, Role::viewer, Role::member,
                                         Role::administrator, Role::owner};

[[nodiscard]] constexpr bool is_at_least(Role role, Role least) {
  return role >= least;
}

// Whether somebody with `role` gives and takes `other`: an owner all but their own, which is handed
// over; an administrator those below.
[[nodiscard]] constexpr bool may_give(Role role, Role other) {
  return is_at_least(role, Role::administrator) && other < role;
}

// What a person may do with all devices, all things and what is known of them, as an API key would.
// For single things they may have rights beyond it: thing_rights.h.
[[nodiscard]] constexpr Scopes scopes_of(Role role) {
  switch (role) {
    case Role::guest:
      return {};
    case Role::viewer:
      return {Scope::devices_read, Scope::things_read, Scope::history_read};
    case Role::member:
      return {Scope::devices_read, Scope::devices_write, Scope::devices_enrol, Scope::things_read,
              Scope::things_write, Scope::values_write,  Scope::history_read};
    case Role::administrator:
    case Role::owner:
      return Scopes::all();
  }
  return {};
}

// "guest", "viewer", "member", "administrator", "owner".
[[nodiscard]] std::string_view to_text(Role role);
[[nodiscard]] std::optional<Role> parse_role(std::string_view text);

}  // namespace fastness::accounts
