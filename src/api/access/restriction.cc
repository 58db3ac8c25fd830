#include "api/access/restriction.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fastness::api {
namespace {

using incident::Level;
using Who = Access::Who;

constexpr std::pair<std::string_view, Effect> kEffects[] = {
    {"access.approve", Effect::admits},
    {"access.ask", Effect::goes_on},          // nobody is in by it
    {"access.break_glass", Effect::goes_on},  // it is for such a day
    {"access.end", Effect::takes_away},
    {"access.enter", Effect::looks},
    {"account.add_passkey", Effect::admits},
    {"account.change_password", Effect::takes_away},  // from whoever knows the old one
    {"account.choose_language", Effect::changes},
    {"account.erase", Effect::changes},
    {"account.export", Effect::looks},
    {"account.link_sign_in", Effect::admits},
    {"account.make_recovery_codes", Effect::admits},
    {"account.remove_factor", Effect::admits},  // it is easier to come in afterwards
    {"account.remove_passkey", Effect::takes_away},
    {"account.rename_passkey", Effect::changes},
    {"account.set_factor", Effect::takes_away},
    {"account.unlink_sign_in", Effect::takes_away},
    {"api_key.create", Effect::admits},
    {"api_key.report_leak", Effect::takes_away},
    {"api_key.revoke", Effect::takes_away},
    {"api_key.rotate", Effect::admits},
    {"claim.approve", Effect::admits},
    {"claim.refuse", Effect::takes_away},
    {"claim_certificate.create", Effect::admits},
    {"claim_certificate.revoke", Effect::takes_away},
    {"claim_code.create", Effect::admits},
    {"claim_code.revoke", Effect::takes_away},
    {"device.change_certificate", Effect::admits},
    {"device.check_secret", Effect::goes_on},
    {"device.clear_secret", Effect::takes_away},
    {"device.create", Effect::admits},
    {"device.delete", Effect::changes},
    {"device.enrol", Effect::admits},
    {"device.renew", Effect::goes_on},
    {"device.resume", Effect::admits},
    {"device.revoke", Effect::takes_away},
    {"device.revoke_certificate", Effect::takes_away},
    {"device.set_secret", Effect::admits},
    {"device.suspend", Effect::takes_away},
    {"device.undo_key_change", Effect::takes_away},
    {"device.update", Effect::changes},
    {"invitation.accept", Effect::admits},
    {"invitation.create", Effect::admits},
    {"invitation.join", Effect::admits},
    {"invitation.withdraw", Effect::takes_away},
    {"order.approve", Effect::goes_on},  // an incident may need it
    {"order.refuse", Effect::takes_away},
    {"organisation.hand_over", Effect::admits},
    {"organisation.rename", Effect::changes},
    {"person.remove", Effect::takes_away},
    {"person.set_role", Effect::admits},
    {"person.set_things", Effect::admits},
    {"property.create", Effect::changes},
    {"property.delete", Effect::changes},
    {"property.update", Effect::changes},
    {"session.create", Effect::goes_on},
    {"session.end", Effect::takes_away},
    {"session.end_one", Effect::takes_away},
    {"session.end_others", Effect::takes_away},
    {"session.give_code", Effect::goes_on},
    {"session.prove", Effect::goes_on},
    {"session.prove_by_passkey", Effect::goes_on},
    {"session.provider_sign_out", Effect::goes_on},
    {"session.use_passkey", Effect::goes_on},
    {"session.use_provider", Effect::goes_on},
    {"session.view_as", Effect::looks},
    {"session.view_as_self", Effect::looks},
    {"session.work_in", Effect::looks},
    {"setup.use", Effect::admits},
    {"thing.create", Effect::changes},
    {"thing.delete", Effect::changes},
    {"thing.update", Effect::changes},
};

const std::pair<std::string_view, Effect>* find(std::string_view action) {
  const auto* const found =
      std::ranges::find(kEffects, action, &std::pair<std::string_view, Effect>::first);
  return found == std::end(kEffects) ? nullptr : found;
}

// A row without an audit action that needs a scope to write: values are in the history, not in the
// trail.
bool is_written_by(const Access& access) {
  using accounts::Scope;
  if (access.who != Who::member) return false;
  return access.scope == Scope::values_write || access.scope == Scope::things_write ||
         access.scope == Scope::devices_write || access.scope == Scope::devices_enrol;
}

// For people, programs, and whoever shows nothing.
bool is_served(Level level, Effect effect) {
  switch (effect) {
    case Effect::looks:
    case Effect::goes_on:
    case Effect::takes_away:
      return level <= Level::read_only;
    case Effect::changes:
      return level <= Level::no_newcomers;
    case Effect::admits:
      return level == Level::normal;
  }
  return false;
}

bool is_served(Level level, const Route& route) {
  const Effect effect = effect_of(route);
  switch (route.access.who) {
    case Who::host:
      return true;
    case Who::device:
      return level <= Level::devices_only;
    case Who::anyone:
      if (effect == Effect::looks || effect == Effect::takes_away) return true;
      [[fallthrough]];
    default:
      return is_served(level, effect);
  }
}

}  // namespace

Effect effect_of(const Route& route) {
  if (route.audit.empty()) return is_written_by(route.access) ? Effect::changes : Effect::looks;
  const auto* const known = find(route.audit);
  return known != nullptr ? known->second : Effect::admits;
}

bool is_effect_known(std::string_view audit_action) {
  return find(audit_action) != nullptr;
}

Result<void, Problem> check(Level level, const Route& route) {
  if (level == Level::normal || is_served(level, route)) return {};
  return refuse(
      http::Status::service_unavailable,
      "This server is restricted by whoever runs it. " + std::string(incident::explanation(level)));
}

}  // namespace fastness::api
