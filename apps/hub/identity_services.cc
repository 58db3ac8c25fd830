#include "identity_services.h"

namespace fastness::hub {
namespace {

Unexpected<Error> refuse(const identity::Refusal& refusal) {
  return fail(refusal.reason == identity::RefusalReason::unknown_device ? Errc::not_found
                                                                        : Errc::permission_denied,
              std::string(identity::to_text(refusal.reason)));
}

Result<gateway::Principal> principal_of(
    const Result<identity::AdmittedDevice, identity::Refusal>& answer) {
  if (!answer) return refuse(answer.error());
  return gateway::Principal{answer->organisation, answer->device, {}};
}

}  // namespace

tls::Admission make_admission(identity::Identity& identity, const Clock& clock,
                              Post post_to_control) {
  tls::Admission admission;
  admission.leaf = [&identity, &clock, post = std::move(post_to_control)](ByteView leaf) {
    const auto answer = identity.published().load()->admit_certificate(leaf, clock.now());
    if (answer) return true;
    if (answer.error().forged) {
      post([&identity, forged = *answer.error().forged] { identity.report_forged(forged); });
    }
    return false;
  };
  admission.digest = [&identity, &clock](const tls::LeafDigest& leaf) {
    return identity.published().load()->admit_digest(leaf, clock.now()).has_value();
  };
  return admission;
}

void add_identity_services(gateway::Services& services, identity::Identity& identity,
                           const Clock& clock) {
  services.admit_certificate = [&identity, &clock](const tls::LeafDigest& leaf) {
    return principal_of(identity.published().load()->admit_digest(leaf, clock.now()));
  };
  services.admit_secret = [&identity, &clock](DeviceId device, std::string_view secret) {
    return principal_of(identity.published().load()->admit_secret(device, secret, clock.now()));
  };
}

}  // namespace fastness::hub
