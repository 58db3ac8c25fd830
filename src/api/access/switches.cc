#include "api/access/switches.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace fastness::api {
namespace {

using incident::Component;

// The first that a pattern begins with.
constexpr std::pair<std::string_view, Component> kPaths[] = {
    {"/iot/v1/clients/token", Component::access_tokens},
    {"/iot/", Component::arduino_api},
    {"/.well-known/est/", Component::est},
    {"/api/v1/live", Component::live},
    {"/api/v1/account/export", Component::downloads},
    {"/api/v1/properties/{property_id}/history.csv", Component::downloads},
};

bool is_sign_in(std::string_view audit_action) {
  return audit_action == "session.create" || audit_action == "session.give_code" ||
         audit_action == "session.use_passkey" || audit_action == "session.use_provider" ||
         audit_action == "setup.use" || audit_action == "invitation.join";
}

}  // namespace

std::optional<Component> component_of(const Route& route) {
  if (is_sign_in(route.audit)) return Component::sign_in;
  const auto* const found = std::ranges::find_if(
      kPaths, [&](const auto& each) { return route.pattern.starts_with(each.first); });
  return found == std::end(kPaths) ? std::nullopt : std::optional(found->second);
}

Result<void, Problem> check(const incident::Switches& switches, const Route& route) {
  if (switches.are_all_on()) return {};
  const auto component = component_of(route);
  if (!component || switches.is_on(*component)) return {};
  return refuse(http::Status::service_unavailable,
                "Whoever runs this server has switched off this part of it. " +
                    std::string(incident::what_is_off(*component)));
}

}  // namespace fastness::api
