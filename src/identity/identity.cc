#include "identity/identity.h"

#include <algorithm>

#include "crypto/x509/certificate_request.h"
#include "identity/admission/device_secret.h"
#include "identity/identity_state.h"
#include "telemetry/log.h"

namespace fastness::identity {
namespace {

Result<crypto::CertificateRequest> parse_request(std::string_view untrusted) {
  if (untrusted.find("-----BEGIN") != std::string_view::npos) {
    return crypto::CertificateRequest::parse_pem(untrusted);
  }
  return crypto::CertificateRequest::parse_der(as_bytes(untrusted));
}

// Whether an identity in this state may have another certificate. A revoked one never has.
Result<void> check_may_enrol(const StoredDevice& device) {
  if (device.registered.state == IdentityState::active) return {};
  return fail(Errc::permission_denied, "the device is not active");
}

}  // namespace

Identity::Identity(std::unique_ptr<State> state) : state_(std::move(state)) {}
Identity::~Identity() = default;

Result<std::unique_ptr<Identity>> Identity::open(const Parts& parts) {
  FASTNESS_ASSIGN_OR_RETURN(IdentityStore store, IdentityStore::open(parts.database));
  FASTNESS_RETURN_IF_ERROR(store.pin_ledger(parts.keys.ledger_origin, parts.keys.ledger_key));
  auto state = std::make_unique<State>(parts, store);
  FASTNESS_RETURN_IF_ERROR(state->load());
  return std::unique_ptr<Identity>(new Identity(std::move(state)));
}

const Published<AdmissionSnapshot>& Identity::published() const {
  return state_->snapshot;
}

Result<void> Identity::add_device(OrganisationId organisation, DeviceId device) {
  FASTNESS_RETURN_IF_ERROR(state_->store.add_device(organisation, device, state_->clock.now()));
  return state_->publish_device(device);
}

Result<void> Identity::remove_device(OrganisationId organisation, DeviceId device) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredDevice stored, state_->require(organisation, device));
  if (stored.registered.state != IdentityState::revoked) {
    FASTNESS_RETURN_IF_ERROR(revoke(organisation, device, "deleted"));
  }
  FASTNESS_RETURN_IF_ERROR(state_->store.mark_removed(device, state_->clock.now()));
  return state_->publish_device(device);
}

Result<DeviceIdentity> Identity::describe(OrganisationId organisation, DeviceId device) const {
  FASTNESS_ASSIGN_OR_RETURN(StoredDevice stored, state_->require(organisation, device));
  return DeviceIdentity{stored.registered.organisation,
                        stored.registered.state,
                        std::move(stored.reason),
                        stored.since,
                        stored.registered.secret_hash.has_value(),
                        stored.secret_was_chosen,
                        stored.registered.pinned_key};
}

Result<IssuedCertificate> Identity::enrol(const Enrolment& enrolment) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredDevice stored,
                            state_->require(enrolment.organisation, enrolment.device));
  FASTNESS_RETURN_IF_ERROR(check_may_enrol(stored));
  FASTNESS_ASSIGN_OR_RETURN(const auto request, parse_request(enrolment.request));
  FASTNESS_ASSIGN_OR_RETURN(auto issued, state_->vault.issue_device_certificate(
                                             {enrolment.device, enrolment.profile,
                                              to_bytes(request.der()), enrolment.proof}));
  // The ledger first: it is what admission believes, and it names whatever else was issued.
  FASTNESS_RETURN_IF_ERROR(state_->catch_up());
  const crypto::Digest leaf = crypto::sha256(issued.certificate);
  FASTNESS_ASSIGN_OR_RETURN(const auto entry, state_->store.find_certificate(leaf));
  if (!entry || entry->entry != issued.entry) {
    return fail(Errc::corrupted, "the vault issued a certificate that its ledger does not name");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, state_->store.database().begin());
  FASTNESS_RETURN_IF_ERROR(state_->store.keep_certificate(leaf, issued.certificate));
  FASTNESS_RETURN_IF_ERROR(state_->store.pin_key(enrolment.device, issued.entry.key));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  FASTNESS_RETURN_IF_ERROR(state_->refresh_generations());
  FASTNESS_RETURN_IF_ERROR(state_->publish_device(enrolment.device));
  if (stored.registered.pinned_key && *stored.registered.pinned_key != issued.entry.key) {
    state_->tell_revoked(enrolment.device, std::nullopt, "another key");
  }
  FASTNESS_ASSIGN_OR_RETURN(
      IssuedCertificate result,
      state_->to_issued({leaf, std::move(issued.certificate), issued.entry, std::nullopt}));
  result.checkpoint = std::move(issued.checkpoint);
  return result;
}

Result<std::vector<CertificateRecord>> Identity::certificates(OrganisationId organisation,
                                                              DeviceId device) const {
  FASTNESS_RETURN_IF_ERROR(state_->require(organisation, device));
  return state_->store.certificates(device);
}

Result<IssuedCertificate> Identity::certificate(OrganisationId organisation, DeviceId device,
                                                const crypto::Digest& fingerprint) const {
  FASTNESS_RETURN_IF_ERROR(state_->require(organisation, device));
  FASTNESS_ASSIGN_OR_RETURN(const auto record, state_->store.find_certificate(fingerprint));
  if (!record || record->entry.device != device) {
    return fail(Errc::not_found, "the device has no such certificate");
  }
  return state_->to_issued(*record);
}

Result<void> Identity::revoke_certificate(OrganisationId organisation, DeviceId device,
                                          const crypto::Digest& fingerprint,
                                          const std::string& reason) {
  FASTNESS_RETURN_IF_ERROR(state_->require(organisation, device));
  FASTNESS_ASSIGN_OR_RETURN(const auto record, state_->store.find_certificate(fingerprint));
  if (!record || record->entry.device != device) {
    return fail(Errc::not_found, "the device has no such certificate");
  }
  FASTNESS_RETURN_IF_ERROR(
      state_->store.revoke_certificate(fingerprint, state_->clock.now(), reason));
  const auto snapshot = state_->snapshot.load();
  if (const LedgeredLeaf* leaf = snapshot->leaves().find(fingerprint)) {
    LedgeredLeaf dead = *leaf;
    dead.is_revoked = true;
    state_->publish_leaf(fingerprint, dead);
  }
  state_->tell_revoked(device, fingerprint, reason);
  return {};
}

std::string Identity::suggest_secret() const {
  return random_secret(state_->random);
}

Result<void> Identity::set_secret(OrganisationId organisation, DeviceId device,
                                  std::string_view secret, SecretOrigin origin) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredDevice stored, state_->require(organisation, device));
  if (stored.registered.state == IdentityState::revoked) {
    return fail(Errc::permission_denied, "the device is revoked");
  }
  FASTNESS_RETURN_IF_ERROR(check_chosen_secret(secret));
  const auto hash = state_->snapshot.load()->secret_hash();
  FASTNESS_RETURN_IF_ERROR(
      state_->store.set_secret(device, hash->of(device, secret), origin == SecretOrigin::chosen));
  FASTNESS_RETURN_IF_ERROR(state_->publish_device(device));
  if (stored.registered.secret_hash) {
    state_->tell_revoked(device, std::nullopt, "another secret key");
  }
  return {};
}

Result<void> Identity::clear_secret(OrganisationId organisation, DeviceId device) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredDevice stored, state_->require(organisation, device));
  if (!stored.registered.secret_hash) return {};
  FASTNESS_RETURN_IF_ERROR(state_->store.set_secret(device, std::nullopt, false));
  FASTNESS_RETURN_IF_ERROR(state_->publish_device(device));
  state_->tell_revoked(device, std::nullopt, "its secret key was taken back");
  return {};
}

Result<bool> Identity::is_secret(OrganisationId organisation, DeviceId device,
                                 std::string_view untrusted_secret) const {
  FASTNESS_ASSIGN_OR_RETURN(const StoredDevice stored, state_->require(organisation, device));
  if (!stored.registered.secret_hash) return false;
  const auto hash = state_->snapshot.load()->secret_hash();
  return crypto::constant_time_equal(hash->of(device, untrusted_secret),
                                     *stored.registered.secret_hash);
}

Result<void> Identity::suspend(OrganisationId organisation, DeviceId device,
                               const std::string& reason) {
  return state_->move_to(organisation, device, IdentityState::suspended, reason);
}

Result<void> Identity::resume(OrganisationId organisation, DeviceId device) {
  return state_->move_to(organisation, device, IdentityState::active, "");
}

Result<void> Identity::quarantine(OrganisationId organisation, DeviceId device,
                                  const std::string& reason) {
  return state_->move_to(organisation, device, IdentityState::quarantined, reason);
}

Result<void> Identity::revoke(OrganisationId organisation, DeviceId device,
                              const std::string& reason) {
  FASTNESS_RETURN_IF_ERROR(state_->require(organisation, device));
  const Timestamp now = state_->clock.now();
  FASTNESS_ASSIGN_OR_RETURN(const auto records, state_->store.certificates(device));
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, state_->store.database().begin());
  for (const CertificateRecord& record : records) {
    FASTNESS_RETURN_IF_ERROR(state_->store.revoke_certificate(record.fingerprint, now, reason));
  }
  FASTNESS_RETURN_IF_ERROR(state_->store.set_secret(device, std::nullopt, false));
  FASTNESS_RETURN_IF_ERROR(state_->store.set_state(device, IdentityState::revoked, reason, now));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  FASTNESS_RETURN_IF_ERROR(state_->publish_device(device));
  for (const CertificateRecord& record : records) {
    const auto snapshot = state_->snapshot.load();
    const LedgeredLeaf* leaf = snapshot->leaves().find(record.fingerprint);
    if (leaf == nullptr) continue;
    LedgeredLeaf dead = *leaf;
    dead.is_revoked = true;
    state_->publish_leaf(record.fingerprint, dead);
  }
  state_->tell_revoked(device, std::nullopt, reason);
  return {};
}

Result<std::vector<vault_ipc::Generation>> Identity::generations() const {
  return state_->vault.generations();
}

Result<void> Identity::change_generation(const vault_ipc::ChangeGeneration& change) {
  FASTNESS_RETURN_IF_ERROR(state_->vault.change_generation(change));
  FASTNESS_RETURN_IF_ERROR(state_->refresh_generations());
  const bool is_distrust = change.id && change.state == vault_ipc::GenerationState::distrusted;
  if (is_distrust && state_->distrusted) state_->distrusted(*change.id);
  return {};
}

Result<std::string> Identity::checkpoint() const {
  return state_->ledger.checkpoint();
}

Result<Identity::InclusionProof> Identity::prove(OrganisationId organisation, DeviceId device,
                                                 const crypto::Digest& fingerprint) const {
  FASTNESS_RETURN_IF_ERROR(state_->require(organisation, device));
  FASTNESS_ASSIGN_OR_RETURN(const auto record, state_->store.find_certificate(fingerprint));
  if (!record || record->entry.device != device) {
    return fail(Errc::not_found, "the device has no such certificate");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto proof, state_->ledger.prove(record->entry.index));
  return InclusionProof{record->entry, std::move(proof.hashes), std::move(proof.checkpoint)};
}

void Identity::report_forged(const ForgedLeaf& leaf) {
  // The copy may be behind the ledger: what the vault issued a moment ago is no forgery.
  const auto caught_up = state_->catch_up();
  const auto known = state_->store.find_certificate(leaf.leaf);
  if (caught_up && known && *known) return;
  state_->log->error("forged_certificate", {{"generation", leaf.generation.value()},
                                            {"leaf", to_hex(leaf.leaf)},
                                            {"claims", leaf.untrusted_name},
                                            {"ledger_is_current", caught_up.has_value()}});
  state_->forgeries.report(leaf, !caught_up, state_->clock.steady());
}

void Identity::tick() {
  state_->forgeries.tick(state_->clock.steady());
  state_->prune(state_->clock.now());
}

void Identity::on_revoked(std::function<void(const Revocation&)> listener) {
  state_->revoked = std::move(listener);
}

void Identity::on_forged(std::function<void(const ForgeryAlarm&)> listener) {
  state_->forgeries.on_alarm(std::move(listener));
}

void Identity::on_distrusted(std::function<void(vault_ipc::GenerationId)> listener) {
  state_->distrusted = std::move(listener);
}

}  // namespace fastness::identity
