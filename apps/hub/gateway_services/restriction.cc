#include "gateway_services/restriction.h"

#include <algorithm>
#include <utility>

namespace fastness::hub {

using gateway::Crowd;
using incident::Level;

namespace {

constexpr const char* kRestricted = "restricted";

Unexpected<Error> out() {
  return fail(Errc::unavailable, "the server is restricted");
}

}  // namespace

void restrict_services(gateway::Services& services, const incident::Restrictions& restrictions) {
  services.admit_certificate = [&restrictions, admit = std::move(services.admit_certificate)](
                                   const tls::LeafDigest& leaf) -> Result<gateway::Principal> {
    if (restrictions.level() >= Level::status_only) return out();
    return admit(leaf);
  };
  services.admit_renewal = [&restrictions, admit = std::move(services.admit_renewal)](
                               const tls::LeafDigest& leaf, auto answer) {
    if (restrictions.level() >= Level::status_only) return answer(out());
    admit(leaf, std::move(answer));
  };
  services.admit_secret = [&restrictions, admit = std::move(services.admit_secret)](
                              DeviceId device,
                              std::string_view secret) -> Result<gateway::Principal> {
    if (restrictions.level() >= Level::status_only) return out();
    return admit(device, secret);
  };
  services.admit_plaintext = [&restrictions, admit = std::move(services.admit_plaintext)] {
    return restricted(admit(), restrictions.level());
  };
}

Result<gateway::Principal> restricted(Result<gateway::Principal> proven, Level level) {
  if (!proven) return proven;
  if (level >= Level::devices_only) return out();
  gateway::Principal principal = std::move(proven).value();
  if (level >= Level::read_only) principal.rights = dialects::Speaker::Rights::read;
  return principal;
}

void cut_off(gateway::Gateway& gateway, Level before, Level now) {
  if (before == now) return;
  if (now == Level::status_only) return gateway.disconnect(Crowd::everybody, kRestricted);
  // People come back with the rights of the new level, if it lets them in.
  if (std::max(before, now) >= Level::read_only) gateway.disconnect(Crowd::people, kRestricted);
}

}  // namespace fastness::hub
