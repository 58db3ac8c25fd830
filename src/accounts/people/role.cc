#include "accounts/people/role.h"

namespace fastness::accounts {

std::string_view to_text(Role role) {
  switch (role) {
    case Role::guest:
      return "guest";
    case Role::viewer:
      return "viewer";
    case Role::member:
      return "member";
    case Role::administrator:
      return "administrator";
    case Role::owner:
      return "owner";
  }
  return {};
}

std::optional<Role> parse_role(std::string_view text) {
  for (const Role role : kAllRoles) {
    if (to_text(role) == text) return role;
  }
  return std::nullopt;
}

}  // namespace fastness::accounts
