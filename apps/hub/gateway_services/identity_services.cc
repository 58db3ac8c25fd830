#include "gateway_services/identity_services.h"

#include <algorithm>
#include <utility>

#include "crypto/x509/certificate.h"

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
  return gateway::Principal{answer->organisation, answer->device,
                            answer->kind ? identity::to_text(*answer->kind) : std::string()};
}

// Whoever is not let in may come a thousand times a second: only what says something is passed on.
void report(identity::Identity& identity, const Post& post, const identity::Refusal& refusal) {
  if (refusal.forged) {
    post([&identity, forged = *refusal.forged] { identity.report_forged(forged); });
  } else if (refusal.device && identity::RefusalWatch::counts(refusal.reason)) {
    post([&identity, refusal] { identity.report_refused(refusal); });
  }
}

}  // namespace

tls::Admission make_admission(identity::Identity& identity, const Clock& clock,
                              Post post_to_control) {
  tls::Admission admission;
  admission.leaf = [&identity, &clock, post = std::move(post_to_control)](ByteView leaf) {
    const auto answer = identity.published().load()->admit_handshake(leaf, clock.now());
    if (!answer) report(identity, post, answer.error());
    return answer.has_value();
  };
  admission.digest = [&identity, &clock](const tls::LeafDigest& leaf) {
    return identity.published().load()->admit_resumption(leaf, clock.now()).has_value();
  };
  return admission;
}

tls::Admission make_renewal_admission(identity::Identity& identity, const Clock& clock,
                                      Post post_to_control) {
  tls::Admission admission;
  admission.leaf = [&identity, &clock, post = std::move(post_to_control)](ByteView leaf) {
    const auto claims = identity.claims().published_certificates().load();
    const auto answer = identity::may_ask(*identity.published().load(), *claims, leaf, clock.now());
    if (!answer) report(identity, post, answer.error());
    return answer.has_value();
  };
  admission.digest = [&identity, &clock](const tls::LeafDigest& leaf) {
    const auto claims = identity.claims().published_certificates().load();
    return identity::may_ask_again(*identity.published().load(), *claims, leaf, clock.now());
  };
  return admission;
}

std::vector<Bytes> device_issuers(const identity::AdmissionSnapshot& snapshot) {
  std::vector<Bytes> names;
  for (const auto& [generation, key] : *snapshot.generations()) {
    const auto certificate = crypto::Certificate::parse(generation.certificate);
    if (!certificate) continue;
    Bytes name = to_bytes(certificate->subject());
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

void add_identity_services(gateway::Services& services, identity::Identity& identity,
                           const Clock& clock, Post post_to_control) {
  services.admit_certificate = [&identity, &clock](const tls::LeafDigest& leaf) {
    return principal_of(identity.published().load()->admit_digest(leaf, clock.now()));
  };
  // On the control thread, where it is known who seems to be in two places.
  services.admit_renewal = [&identity, post = post_to_control](const tls::LeafDigest& leaf,
                                                               auto answer) {
    post([&identity, leaf, answer = std::move(answer)] {
      const auto holder = identity.admit_renewal(leaf);
      if (!holder) return answer(refuse(holder.error()));
      answer(gateway::RenewingDevice{holder->organisation, holder->device});
    });
  };
  services.admit_secret = [&identity, &clock, post = std::move(post_to_control)](
                              DeviceId device, std::string_view secret) {
    const auto answer = identity.published().load()->admit_secret(device, secret, clock.now());
    if (!answer) report(identity, post, answer.error());
    return principal_of(answer);
  };
}

Result<gateway::Principal> principal_of_key(OrganisationId organisation, UserId user,
                                            std::string client_id, const accounts::Scopes& scopes) {
  if (!scopes.has(accounts::Scope::things_read)) {
    return fail(Errc::permission_denied, "the key has no scope for values");
  }
  using Rights = dialects::Speaker::Rights;
  return gateway::Principal{
      organisation, user, std::move(client_id),
      scopes.has(accounts::Scope::values_write) ? Rights::read_write : Rights::read};
}

void add_plaintext_service(gateway::Services& services, const accounts::ApiKeys& keys,
                           const config::Config::Listen& listen, const Clock& clock) {
  services.admit_plaintext =
      [&published = keys.published(), &clock, organisation = listen.mqtt_plain_organisation,
       client_id = listen.mqtt_plain_api_key]() -> Result<gateway::Principal> {
    const auto snapshot = published.load();
    const accounts::KeyView* key = snapshot->find(client_id, clock.now());
    if (key == nullptr) {
      return fail(Errc::permission_denied, "listen.mqtt_plain_api_key is no live API key");
    }
    if (key->organisation.value().to_text() != organisation) {
      return fail(Errc::permission_denied,
                  "listen.mqtt_plain_api_key is of another organisation than "
                  "listen.mqtt_plain_organisation");
    }
    return principal_of_key(key->organisation, key->user, client_id, key->scopes);
  };
}

void count_plaintext_as_use(gateway::Services& services, accounts::ApiKeys& keys,
                            const std::string& client_id, Post post_to_control) {
  services.admit_plaintext = [admit = std::move(services.admit_plaintext), &keys, client_id,
                              post = std::move(post_to_control)] {
    auto admitted = admit();
    if (admitted) post([&keys, client_id] { keys.used(client_id); });
    return admitted;
  };
}

void warn_of_plaintext(const gateway::Services& services, const telemetry::Log& log) {
  const auto admitted = services.admit_plaintext();
  if (admitted) {
    log.warning("plaintext_listener", {{"organisation", admitted->organisation.value().to_text()},
                                       {"advice",
                                        "for tests only: listen.mqtt_plain asks nobody "
                                        "on this machine for a proof"}});
  } else {
    log.warning("plaintext_listener_admits_nobody", {{"why", admitted.error().message}});
  }
}

}  // namespace fastness::hub
