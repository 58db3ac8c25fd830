#include "accounts/staff/access_grant.h"

namespace fastness::accounts {

std::string_view to_text(GrantState state) {
  switch (state) {
    case GrantState::waiting:
      return "waiting";
    case GrantState::live:
      return "live";
    case GrantState::refused:
      return "refused";
    case GrantState::withdrawn:
      return "withdrawn";
    case GrantState::lapsed:
      return "lapsed";
    case GrantState::ended:
      return "ended";
    case GrantState::expired:
      return "expired";
  }
  return {};
}

std::string_view to_text(GrantedBy by) {
  switch (by) {
    case GrantedBy::organisation:
      return "organisation";
    case GrantedBy::another_operator:
      return "operator";
    case GrantedBy::break_glass:
      return "break_glass";
  }
  return {};
}

std::string_view to_text(Deed deed) {
  switch (deed) {
    case Deed::ask:
      return "ask";
    case Deed::approve:
      return "approve";
    case Deed::break_glass:
      return "break_glass";
  }
  return {};
}

// The reason comes last and is one line: nothing in it can pass for another field.
std::string statement_of(Deed deed, UserId by, const AccessRequest& request) {
  const AccessWish& wish = request.wish;
  std::string scopes;
  for (const Scope scope : wish.scopes.list()) scopes += " " + std::string(to_text(scope));
  return "fastness access grant 1\ndeed: " + std::string(to_text(deed)) +
         "\nby: " + by.value().to_text() + "\ngrant: " + request.id.value().to_text() +
         "\noperator: " + request.by.value().to_text() +
         "\norganisation: " + wish.organisation.value().to_text() + "\nscopes:" + scopes +
         "\nminutes: " + std::to_string(wish.time.count()) + "\nreason: " + wish.reason + "\n";
}

}  // namespace fastness::accounts
