#include "accounts/api_keys/scope.h"

namespace fastness::accounts {

std::string_view to_text(Scope scope) {
  switch (scope) {
    case Scope::devices_read:
      return "devices:read";
    case Scope::devices_write:
      return "devices:write";
    case Scope::devices_enrol:
      return "devices:enrol";
    case Scope::things_read:
      return "things:read";
    case Scope::things_write:
      return "things:write";
    case Scope::values_write:
      return "values:write";
    case Scope::history_read:
      return "history:read";
    case Scope::security_read:
      return "security:read";
    case Scope::audit_read:
      return "audit:read";
  }
  return "";
}

std::optional<Scope> parse_scope(std::string_view text) {
  for (const Scope scope : kAllScopes) {
    if (to_text(scope) == text) return scope;
  }
  return std::nullopt;
}

std::vector<Scope> Scopes::list() const {
  std::vector<Scope> scopes;
  for (const Scope scope : kAllScopes) {
    if (has(scope)) scopes.push_back(scope);
  }
  return scopes;
}

}  // namespace fastness::accounts
