#include "identity/identity.h"

#include <algorithm>

#include "crypto/x509/certificate_request.h"
#include "identity/admission/device_secret.h"
#include "identity/identity_state.h"
#include "identity/status/status_responder.h"
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

// A renewal is of the same device with the same key; the name is no proof of anything, but whoever
// writes another one is confused about which device this is.
Result<void> check_renews(const LedgeredLeaf& old, const crypto::CertificateRequest& request) {
  if (request.untrusted_common_name() != old.device.value().to_text()) {
    return fail(Errc::invalid_argument, "the request names another device");
  }
  if (request.public_key().digest() == old.key) return {};
  return fail(Errc::permission_denied, "the request is for another key");
}

}  // namespace

Identity::Identity(std::unique_ptr<State> state) : state_(std::move(state)) {}
Identity::~Identity() = default;

Result<std::unique_ptr<Identity>> Identity::open(const Parts& parts) {
  FASTNESS_ASSIGN_OR_RETURN(IdentityStore store, IdentityStore::open(parts.database));
  FASTNESS_RETURN_IF_ERROR(store.pin_ledger(parts.keys.ledger_origin, parts.keys.ledger_key));
  FASTNESS_ASSIGN_OR_RETURN(const ForgeryStore forgeries, ForgeryStore::open(parts.database));
  FASTNESS_ASSIGN_OR_RETURN(const Lockdown lockdown, Lockdown::open(parts.database));
  FASTNESS_ASSIGN_OR_RETURN(const AlarmBook alarms, AlarmBook::open(parts.database));
  auto state = std::make_unique<State>(parts, store, forgeries, lockdown, alarms);
  FASTNESS_RETURN_IF_ERROR(state->load());
  std::unique_ptr<Identity> identity(new Identity(std::move(state)));
  State& kept = *identity->state_;
  FASTNESS_ASSIGN_OR_RETURN(identity->authority_,
                            Authority::open({parts.database, parts.clock, *kept.log,
                                             [&kept] { return kept.read_generations(); },
                                             [&kept](const vault_ipc::ChangeGeneration& change) {
                                               return kept.change_generation(change);
                                             },
                                             [&kept] { return kept.store.standings(); }}));
  FASTNESS_ASSIGN_OR_RETURN(Claims claims,
                            Claims::open(parts.database, parts.clock, parts.random, kept.lockdown,
                                         crypto::hkdf_sha256(parts.keys.device_secret, {},
                                                             "fastness claim code hash v1", 32)));
  identity->claims_ = std::make_unique<Claims>(std::move(claims));
  kept.respond = [self = identity.get()](const ForgeryAlarm& alarm) {
    return self->respond(alarm);
  };
  return identity;
}

Claims& Identity::claims() {
  return *claims_;
}

Authority& Identity::authority() {
  return *authority_;
}

const Published<AdmissionSnapshot>& Identity::published() const {
  return state_->snapshot;
}

Result<void> Identity::add_device(OrganisationId organisation, DeviceId device) {
  FASTNESS_RETURN_IF_ERROR(state_->lockdown.check_open());
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

Result<void> Identity::forget_reasons(OrganisationId organisation) {
  return state_->store.forget_reasons(organisation);
}

Result<DeviceIdentity> Identity::describe(OrganisationId organisation, DeviceId device) const {
  FASTNESS_ASSIGN_OR_RETURN(StoredDevice stored, state_->require(organisation, device));
  FASTNESS_ASSIGN_OR_RETURN(auto change, state_->key_changes.find(device));
  const bool is_told = change && change->state != KeyChangeState::asked &&
                       state_->clock.now() < change->at + kKeyChangeUndo;
  if (!is_told) change.reset();
  return DeviceIdentity{stored.registered.organisation,
                        stored.registered.state,
                        std::move(stored.reason),
                        stored.since,
                        stored.registered.secret_hash.has_value(),
                        stored.secret_was_chosen,
                        stored.registered.pinned_key,
                        change};
}

bool Identity::is_locked_out(const Enrolment& enrolment) const {
  if (!state_->lockdown.now()) return false;
  const auto stored = state_->require(enrolment.organisation, enrolment.device);
  const auto request = parse_request(enrolment.request);
  return !stored || !request || stored->registered.pinned_key != request->public_key().digest();
}

Result<IssuedCertificate> Identity::enrol(const Enrolment& enrolment) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredDevice stored,
                            state_->require(enrolment.organisation, enrolment.device));
  FASTNESS_RETURN_IF_ERROR(check_may_enrol(stored));
  FASTNESS_ASSIGN_OR_RETURN(const auto request, parse_request(enrolment.request));
  if (is_locked_out(enrolment)) FASTNESS_RETURN_IF_ERROR(state_->lockdown.check_open());
  const bool is_other_key = stored.registered.pinned_key != request.public_key().digest();
  FASTNESS_ASSIGN_OR_RETURN(
      IssuedCertificate issued,
      state_->issue({enrolment.device, enrolment.profile, to_bytes(request.der()), enrolment.proof},
                    [&](const crypto::Digest&) -> Result<void> {
                      // Its owner has decided anew which key it has: there is nothing to go back
                      // to.
                      return is_other_key ? state_->key_changes.forget(enrolment.device)
                                          : Result<void>();
                    }));
  if (stored.registered.pinned_key && *stored.registered.pinned_key != issued.entry.key) {
    state_->tell_revoked(enrolment.device, std::nullopt, "another key");
  }
  return issued;
}

Result<RenewingDevice, Refusal> Identity::admit_renewal(const crypto::Digest& leaf) const {
  const Timestamp now = state_->clock.now();
  auto holder = state_->snapshot.load()->admit_renewal(leaf, now);
  if (!holder || !state_->clones.find(holder->device, now)) return holder;
  return Unexpected<Refusal>{{RefusalReason::in_two_places, holder->device, std::nullopt}};
}

Result<IssuedCertificate> Identity::renew(const crypto::Digest& leaf, ByteView untrusted_request) {
  const auto snapshot = state_->snapshot.load();
  const Timestamp now = state_->clock.now();
  const auto holder = admit_renewal(leaf);
  if (!holder) return fail(Errc::permission_denied, std::string(to_text(holder.error().reason)));
  const LedgeredLeaf& old = *snapshot->leaves().find(leaf);
  FASTNESS_ASSIGN_OR_RETURN(const auto request,
                            crypto::CertificateRequest::parse_der(untrusted_request));
  FASTNESS_RETURN_IF_ERROR(check_renews(old, request));

  const crypto::Digest asked = crypto::sha256(untrusted_request);
  FASTNESS_ASSIGN_OR_RETURN(const auto last, state_->store.last_renewal(old.device));
  if (last && is_repeatable(*last, leaf, *snapshot, now)) {
    if (last->request == asked) {
      return certificate(holder->organisation, old.device, last->new_leaf);
    }
    note_second_renewal(*holder);
    return fail(Errc::already_exists, "another request renewed this certificate a moment ago");
  }
  return state_->issue({old.device, old.profile, to_bytes(request.der()), {}},
                       [&](const crypto::Digest& issued) {
                         return state_->store.keep_renewal(old.device, {leaf, asked, issued, now});
                       });
}

Result<RenewalWindow> Identity::renewal_window(const crypto::Digest& leaf) const {
  const auto snapshot = state_->snapshot.load();
  const LedgeredLeaf* found = snapshot->leaves().find(leaf);
  if (found == nullptr) return fail(Errc::not_found, "no such certificate");
  const auto* generation = snapshot->find_generation(found->generation);
  if (generation == nullptr) return fail(Errc::not_found, "its generation is not known");
  return identity::renewal_window(*found, generation->record);
}

Result<std::vector<CertificateRecord>> Identity::certificates(OrganisationId organisation,
                                                              DeviceId device) const {
  FASTNESS_RETURN_IF_ERROR(state_->require(organisation, device));
  return state_->store.certificates(device);
}

Result<std::optional<CertificateAttention>> Identity::certificate_attention(
    OrganisationId organisation, DeviceId device) const {
  FASTNESS_ASSIGN_OR_RETURN(const StoredDevice stored, state_->require(organisation, device));
  FASTNESS_ASSIGN_OR_RETURN(const auto records, state_->store.certificates(device));
  DeviceStanding standing{device, organisation, stored.registered.state, std::nullopt,
                          stored.registered.renews_itself};
  if (!records.empty()) {
    const vault_ipc::LedgerEntry& newest = records.front().entry;
    standing.newest = {newest.generation, newest.profile, newest.time, newest.not_after,
                       records.front().revoked_at.has_value()};
  }
  const auto snapshot = state_->snapshot.load();
  const auto* of_newest =
      standing.newest ? snapshot->find_generation(standing.newest->generation) : nullptr;
  return attention_for(standing, stored.registered.secret_hash.has_value(),
                       of_newest != nullptr ? &of_newest->record : nullptr, state_->clock.now());
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
  state_->publish_revoked(fingerprint);
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
  FASTNESS_RETURN_IF_ERROR(state_->lockdown.check_open());
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
  state_->refusals.forget(device);
  for (const CertificateRecord& record : records) state_->publish_revoked(record.fingerprint);
  state_->tell_revoked(device, std::nullopt, reason);
  return {};
}

Result<std::vector<vault_ipc::Generation>> Identity::generations() const {
  return state_->read_generations();
}

Result<void> Identity::change_generation(const vault_ipc::ChangeGeneration& change) {
  return state_->change_generation(change);
}

const ledger::VerifierKey& Identity::ledger_key() const {
  return state_->ledger.key();
}

Result<std::string> Identity::checkpoint() const {
  return state_->catch_up();
}

Result<ledger::InclusionProof> Identity::prove(OrganisationId organisation, DeviceId device,
                                               const crypto::Digest& fingerprint) const {
  FASTNESS_RETURN_IF_ERROR(state_->require(organisation, device));
  FASTNESS_ASSIGN_OR_RETURN(const auto record, state_->store.find_certificate(fingerprint));
  if (!record || record->entry.device != device) {
    return fail(Errc::not_found, "the device has no such certificate");
  }
  FASTNESS_ASSIGN_OR_RETURN(std::string checkpoint, state_->catch_up());
  return state_->ledger.prove(record->entry, std::move(checkpoint));
}

Result<ledger::ConsistencyProof> Identity::prove_consistency(std::uint64_t from) const {
  FASTNESS_ASSIGN_OR_RETURN(std::string checkpoint, state_->catch_up());
  return state_->ledger.prove_consistency(from, std::move(checkpoint));
}

Result<vault_ipc::RevocationList> Identity::revocation_list(
    vault_ipc::GenerationId generation) const {
  return state_->revocation_lists.of(generation);
}

Bytes Identity::certificate_status(ByteView untrusted_request) const {
  const StatusResponder responder{state_->vault, state_->store, *state_->log};
  return responder.answer(untrusted_request, *state_->snapshot.load());
}

Result<void> Identity::check(const ledger::Checkpoint& older) const {
  return state_->ledger.check(older);
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

// What fails is tried again with the next alarm: whoever has the key goes on using it.
AlarmResponse Identity::respond(const ForgeryAlarm& alarm) {
  const auto done = [&]() -> Result<AlarmResponse> {
    FASTNESS_ASSIGN_OR_RETURN(const auto list, generations());
    switch (response_to(alarm, state_->policy.on_forgery, list)) {
      case ForgeryResponse::nothing:
        return AlarmResponse::none;
      case ForgeryResponse::give_up:
        FASTNESS_RETURN_IF_ERROR(authority_->distrust(alarm.leaf.generation, std::nullopt));
        return AlarmResponse::rotated;
      case ForgeryResponse::replace:
        FASTNESS_RETURN_IF_ERROR(authority_->rotate(
            {RotationKind::emergency,
             "a certificate that was never issued was used (identity.on_forgery)",
             std::chrono::seconds(0), std::nullopt}));
        return AlarmResponse::rotated;
      case ForgeryResponse::lock:
        state_->lock(alarm.leaf.generation);
        return AlarmResponse::locked;
    }
    return AlarmResponse::none;
  }();
  if (done) return *done;
  state_->log->error("no_response_to_forgery", {{"why", done.error().message}});
  return AlarmResponse::none;
}

void Identity::note_second_renewal(const RenewingDevice& device) {
  Alarm alarm{AlarmKind::second_renewal, device.organisation, device.device.value().to_text(),
              AlarmResponse::none};
  if (state_->policy.on_second_renewal == OnSecondRenewal::quarantine) {
    const auto done = quarantine(device.organisation, device.device, "one renewal was used twice");
    if (!done) {
      state_->log->error("not_quarantined",
                         {{"device", alarm.subject}, {"why", done.error().message}});
    } else {
      alarm.response = AlarmResponse::quarantined;
      if (state_->quarantined) state_->quarantined({device.organisation, device.device});
    }
  }
  state_->note(alarm);
}

void Identity::note_alarm(const Alarm& alarm) {
  state_->note(alarm);
}

AlarmBook& Identity::alarms() {
  return state_->alarms;
}

void Identity::tick() {
  state_->forgeries.tick(state_->clock.steady());
  state_->prune(state_->clock.now());
  state_->tell_lapsed();
  if (const auto kept = state_->lockdown.keep(); !kept) {
    state_->log->error("lockdown_not_kept", {{"why", kept.error().message}});
  }
  tend_key_changes();
  authority_->tick();
}

void Identity::report_refused(const Refusal& refusal) {
  if (!refusal.device) return;
  // One that was removed meanwhile has no owner left to tell.
  if (state_->snapshot.load()->find_device(*refusal.device) == nullptr) return;
  state_->refusals.note(*refusal.device, refusal.reason, state_->clock.now());
}

CloneWatch& Identity::clones() {
  return state_->clones;
}

RenewalWatch& Identity::renewal_faults() {
  return state_->renewal_faults;
}

Result<std::vector<ExaminedDevice>> Identity::examine(OrganisationId organisation) const {
  FASTNESS_ASSIGN_OR_RETURN(auto devices, state_->store.examined(organisation));
  const Timestamp now = state_->clock.now();
  for (ExaminedDevice& each : devices) {
    each.clone = state_->clones.find(each.standing.device, now);
    each.refused = state_->refusals.find(each.standing.device, now);
    each.renewal_faults = state_->renewal_faults.find(each.standing.device);
  }
  return devices;
}

Result<std::vector<Forgery>> Identity::forgeries() const {
  return state_->forgery_store.all();
}

const std::optional<Locked>& Identity::lockdown() const {
  return state_->lockdown.now();
}

Result<Locked> Identity::unlock() {
  FASTNESS_ASSIGN_OR_RETURN(const Locked ended, state_->lockdown.end(state_->clock.now()));
  state_->log->warning("enrolment_unlocked", {{"generation", ended.generation.value()}});
  if (state_->lockdown_changed) {
    state_->lockdown_changed({LockdownEvent::Change::ended, ended});
  }
  return ended;
}

void Identity::on_revoked(std::function<void(const Revocation&)> listener) {
  state_->revoked = std::move(listener);
}

void Identity::on_forged(std::function<void(const ForgeryAlarm&)> listener) {
  state_->forged = std::move(listener);
}

void Identity::on_quarantined(std::function<void(const PolicyQuarantine&)> listener) {
  state_->quarantined = std::move(listener);
}

void Identity::on_lockdown(std::function<void(const LockdownEvent&)> listener) {
  state_->lockdown_changed = std::move(listener);
}

void Identity::on_lapsed(std::function<void(const CertificateKind&)> listener) {
  state_->lapsed = std::move(listener);
}

void Identity::on_key_retired(std::function<void(const RetiredKey&)> listener) {
  state_->key_retired = std::move(listener);
}

}  // namespace fastness::identity
