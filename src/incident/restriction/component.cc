#include "incident/restriction/component.h"

#include <algorithm>
#include <array>

namespace fastness::incident {
namespace {

struct ComponentWords {
  Component component;
  std::string_view name;
  std::string_view what_is_off;
};

constexpr std::array<ComponentWords, 10> kComponentWords{{
    {Component::sign_in, "sign-in", "Nobody signs in. Who is signed in stays so."},
    {Component::access_tokens, "access-tokens",
     "Programs get no new access tokens. Those they have end within five minutes."},
    {Component::arduino_api, "arduino-api", "The API for Arduino's clients is off."},
    {Component::live, "live", "Nobody is told live what happens. Pages show what was when asked."},
    {Component::downloads, "downloads", "No account and no history is given out as a file."},
    {Component::est, "est", "Devices get and renew no certificates over HTTPS."},
    {Component::mqtt_renewal, "mqtt-renewal",
     "Devices whose certificate lets them in nowhere do not renew it over MQTT. All others do."},
    {Component::mqtt_programs, "mqtt-programs", "People and programs are not let in over MQTT."},
    {Component::mqtt_secrets, "mqtt-secrets",
     "Devices with a secret key are out. Those with a certificate go on."},
    {Component::mqtt_plaintext, "mqtt-plaintext", "Listeners without TLS let nobody in."},
}};

constexpr auto kComponents = [] {
  std::array<Component, kComponentWords.size()> components{};
  for (std::size_t i = 0; i < kComponentWords.size(); ++i)
    components.at(i) = kComponentWords.at(i).component;
  return components;
}();

const ComponentWords& words_of(Component component) {
  return *std::ranges::find(kComponentWords, component, &ComponentWords::component);
}

}  // namespace

std::string_view to_text(Component component) {
  return words_of(component).name;
}

std::optional<Component> parse_component(std::string_view text) {
  const auto* const found = std::ranges::find(kComponentWords, text, &ComponentWords::name);
  return found == kComponentWords.end() ? std::nullopt : std::optional(found->component);
}

std::string_view what_is_off(Component component) {
  return words_of(component).what_is_off;
}

std::span<const Component> all_components() {
  return kComponents;
}

}  // namespace fastness::incident
