#include "gateway_services/switches.h"

#include <utility>

namespace fastness::hub {

using gateway::Crowd;
using incident::Component;

namespace {

constexpr const char* kSwitchedOff = "switched_off";

Unexpected<Error> is_off() {
  return fail(Errc::unavailable, "this part of the server is switched off");
}

}  // namespace

void switch_services(gateway::Services& services, const incident::Switches& switches) {
  services.admit_renewal = [&switches, admit = std::move(services.admit_renewal)](
                               const tls::LeafDigest& leaf, auto answer) {
    if (!switches.is_on(Component::mqtt_renewal)) return answer(is_off());
    admit(leaf, std::move(answer));
  };
  services.admit_secret = [&switches, admit = std::move(services.admit_secret)](
                              DeviceId device,
                              std::string_view secret) -> Result<gateway::Principal> {
    if (!switches.is_on(Component::mqtt_secrets)) return is_off();
    return admit(device, secret);
  };
  services.admit_plaintext =
      [&switches, admit = std::move(services.admit_plaintext)]() -> Result<gateway::Principal> {
    if (!switches.is_on(Component::mqtt_plaintext)) return is_off();
    return admit();
  };
  services.authenticate_user = [&switches, authenticate = std::move(services.authenticate_user)](
                                   gateway::Services::Attempt&& attempt, auto answer) {
    if (!switches.is_on(Component::mqtt_programs)) return answer(is_off());
    authenticate(std::move(attempt), std::move(answer));
  };
}

void cut_off(gateway::Gateway& gateway, Component component) {
  switch (component) {
    case Component::mqtt_renewal:
      return gateway.disconnect(Crowd::renewing, kSwitchedOff);
    case Component::mqtt_secrets:
      return gateway.disconnect(Crowd::by_secret, kSwitchedOff);
    // The two look the same to the gateway. Those who may come back do.
    case Component::mqtt_plaintext:
    case Component::mqtt_programs:
      return gateway.disconnect(Crowd::people, kSwitchedOff);
    // Each of their requests is asked about, and `live` looks every second.
    case Component::sign_in:
    case Component::access_tokens:
    case Component::arduino_api:
    case Component::live:
    case Component::downloads:
    case Component::est:
      return;
  }
}

}  // namespace fastness::hub
