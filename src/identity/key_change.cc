#include "identity/key_change.h"

#include <algorithm>
#include <utility>

#include "crypto/x509/certificate_request.h"
#include "identity/identity.h"
#include "identity/identity_state.h"
#include "telemetry/log.h"

namespace fastness::identity {
namespace {

using ledger::Continuity;

constexpr std::string_view kTakenBack = "the change of its key was taken back";

// How often what is not over is looked at.
constexpr std::chrono::minutes kTendEvery{1};

Result<crypto::CertificateRequest> parse_named(ByteView untrusted_request, DeviceId device) {
  FASTNESS_ASSIGN_OR_RETURN(auto request, crypto::CertificateRequest::parse_der(untrusted_request));
  if (request.untrusted_common_name() == device.value().to_text()) return request;
  return fail(Errc::invalid_argument, "the request names another device");
}

// Whether this was asked of the vault before, and nobody knows what it did.
bool is_asked_again(const std::optional<KeyChange>& last, const crypto::Digest& new_key) {
  return last && last->state == KeyChangeState::asked && last->new_key == new_key;
}

// That the leaf is the newest of its key, and the new key none of before: what an owner took back,
// or a thief has kept, is no new key. The device never got what the ledger calls `taken_back`.
Result<void> check_history(const std::vector<CertificateRecord>& newest_first,
                           const CertificateRecord& leaf, const crypto::Digest& new_key) {
  if (std::ranges::any_of(newest_first,
                          [&](const auto& each) { return each.entry.key == new_key; })) {
    return fail(Errc::invalid_argument, "the device had this key before");
  }
  const auto newest = std::ranges::find_if(newest_first, [&](const auto& each) {
    return each.entry.key == leaf.entry.key && each.entry.continuity != Continuity::taken_back;
  });
  if (newest != newest_first.end() && newest->fingerprint == leaf.fingerprint) return {};
  return fail(Errc::permission_denied, "the device has a newer certificate");
}

Result<vault_ipc::OldKeySignature> check_old_key_signature(const CertificateRecord& leaf,
                                                           const crypto::Digest& new_key,
                                                           ByteView untrusted_signature) {
  FASTNESS_ASSIGN_OR_RETURN(const auto certificate, crypto::Certificate::parse(leaf.der));
  FASTNESS_ASSIGN_OR_RETURN(const auto old_key, certificate.public_key());
  const auto signature = crypto::EcdsaSignature::from_der(untrusted_signature);
  const Bytes statement = vault_ipc::continuity_statement(leaf.entry.device, new_key);
  if (signature && old_key.verify(statement, *signature)) {
    return vault_ipc::OldKeySignature{old_key.point(), *signature};
  }
  return fail(Errc::invalid_argument, "the old key did not sign for the new one");
}

// Whether the vault has refused, and so issued nothing.
bool is_refusal(const Error& error) {
  return error.code == Errc::invalid_argument || error.code == Errc::exhausted;
}

}  // namespace

std::string_view to_text(KeyChangeState state) {
  switch (state) {
    case KeyChangeState::asked:
    case KeyChangeState::open:
      return "open";
    case KeyChangeState::settled:
      return "settled";
    case KeyChangeState::returning:
    case KeyChangeState::undone:
      return "undone";
  }
  return "undone";
}

Result<void> Identity::check_may_change_key(const RenewingDevice& holder,
                                            const crypto::Digest& leaf,
                                            const std::optional<KeyChange>& last) {
  const Timestamp now = state_->clock.now();
  const auto snapshot = state_->snapshot.load();
  const bool is_known = last && last->state != KeyChangeState::asked;
  if (is_known && now < last->at + kKeyChangeUndo) {
    // Whoever lost the answer sends the same request again.
    if (last->old_leaf == leaf && now < last->at + kRenewalRepeat) note_second_renewal(holder);
    return fail(Errc::already_exists, "the key was changed less than a day ago");
  }
  if (last && (!is_known || last->state == KeyChangeState::returning)) {
    return fail(Errc::unavailable, "an earlier change of the key is not over");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto renewal, state_->store.last_renewal(holder.device));
  if (renewal && is_repeatable(*renewal, leaf, *snapshot, now)) {
    note_second_renewal(holder);
    return fail(Errc::already_exists, "another request renewed this certificate a moment ago");
  }
  return {};
}

Result<IssuedCertificate> Identity::change_key(const crypto::Digest& leaf,
                                               ByteView untrusted_request,
                                               ByteView untrusted_signature) {
  const Timestamp now = state_->clock.now();
  const auto holder = admit_renewal(leaf);
  if (!holder) return fail(Errc::permission_denied, std::string(to_text(holder.error().reason)));
  // What the pinned key makes up for when it is renewed, it does not when it is to go.
  const auto admitted = state_->snapshot.load()->admit_digest(leaf, now);
  if (!admitted) {
    return fail(Errc::permission_denied, std::string(to_text(admitted.error().reason)));
  }
  const DeviceId device = holder->device;
  FASTNESS_ASSIGN_OR_RETURN(const auto request, parse_named(untrusted_request, device));
  const crypto::Digest asked = crypto::sha256(untrusted_request);
  const crypto::Digest new_key = request.public_key().digest();

  FASTNESS_ASSIGN_OR_RETURN(const auto last, state_->key_changes.find(device));
  const bool is_repeated = last && last->state == KeyChangeState::open && last->old_leaf == leaf &&
                           last->request == asked;
  if (is_repeated) return certificate(holder->organisation, device, last->new_leaf);
  FASTNESS_RETURN_IF_ERROR(state_->lockdown.check_open());
  const bool is_retried = is_asked_again(last, new_key);
  if (!is_retried) FASTNESS_RETURN_IF_ERROR(check_may_change_key(*holder, leaf, last));
  FASTNESS_ASSIGN_OR_RETURN(const auto record, state_->store.find_certificate(leaf));
  if (!record) return fail(Errc::corrupted, "an admitted certificate is not in the ledger's copy");
  FASTNESS_ASSIGN_OR_RETURN(const auto proof,
                            check_old_key_signature(*record, new_key, untrusted_signature));
  if (!is_retried) {
    FASTNESS_ASSIGN_OR_RETURN(const auto records, state_->store.certificates(device));
    FASTNESS_RETURN_IF_ERROR(check_history(records, *record, new_key));
  }

  // Before the vault is asked: if its answer is lost, its ledger names the new key and nothing else
  // here does.
  KeyChange change{KeyChangeState::asked, record->entry.key, new_key, leaf, {}, asked, now};
  FASTNESS_RETURN_IF_ERROR(state_->key_changes.keep(device, change));
  auto issued =
      state_->issue({device, record->entry.profile, to_bytes(request.der()), proof},
                    [&](const crypto::Digest& new_leaf) -> Result<void> {
                      change.state = KeyChangeState::open;
                      change.new_leaf = new_leaf;
                      FASTNESS_RETURN_IF_ERROR(state_->key_changes.keep(device, change));
                      return state_->store.keep_renewal(device, {leaf, asked, new_leaf, now});
                    });
  if (!issued && !is_retried && is_refusal(issued.error())) {
    FASTNESS_RETURN_IF_ERROR(state_->key_changes.forget(device));
  }
  if (issued) state_->log->info("key_changed", {{"device", device.value().to_text()}});
  return issued;
}

Result<void> Identity::undo_key_change(OrganisationId organisation, DeviceId device) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredDevice stored, state_->require(organisation, device));
  const Timestamp now = state_->clock.now();
  if (stored.registered.state == IdentityState::revoked) {
    return fail(Errc::permission_denied, "the device is revoked");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto change, state_->key_changes.find(device));
  if (!change || !change->is_undoable(stored.registered.pinned_key, now)) {
    return fail(Errc::not_found, "the device has no change of key that can be taken back");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto records, state_->store.certificates(device));
  std::erase_if(records, [&](const auto& each) { return each.entry.key != change->new_key; });
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, state_->store.database().begin());
  for (const CertificateRecord& each : records) {
    FASTNESS_RETURN_IF_ERROR(state_->store.revoke_certificate(each.fingerprint, now, kTakenBack));
  }
  FASTNESS_RETURN_IF_ERROR(state_->store.pin_key(device, change->old_key));
  FASTNESS_RETURN_IF_ERROR(state_->key_changes.move_to(device, KeyChangeState::returning));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  FASTNESS_RETURN_IF_ERROR(state_->publish_device(device));
  for (const CertificateRecord& each : records) state_->publish_revoked(each.fingerprint);
  state_->tell_revoked(device, std::nullopt, kTakenBack);
  // It is taken back, whatever comes of this: `tick` goes on with it.
  if (const auto told = state_->return_key(device, *change); !told) {
    state_->log->warning("key_change_not_returned",
                         {{"device", device.value().to_text()}, {"why", told.error().message}});
  }
  return {};
}

void Identity::note_connected(DeviceId device, const crypto::Digest& leaf) {
  const auto snapshot = state_->snapshot.load();
  const RegisteredDevice* registered = snapshot->find_device(device);
  const LedgeredLeaf* ledgered = snapshot->leaves().find(leaf);
  if (registered == nullptr || ledgered == nullptr || ledgered->device != device) return;
  if (registered->pinned_key != ledgered->key) {
    // Let in a moment before its key was retired, and heard of after.
    const auto admitted = snapshot->admit_digest(leaf, state_->clock.now());
    const bool is_late = !admitted && admitted.error().reason == RefusalReason::wrong_key;
    if (is_late && state_->key_retired) {
      state_->key_retired({registered->organisation, device, std::nullopt});
    }
    return;
  }
  if (!registered->former_key) return;
  const auto retired = state_->retire_key({registered->organisation, device, leaf});
  if (!retired) {  // the device comes again, and at the end its time is up
    state_->log->warning("key_not_retired",
                         {{"device", device.value().to_text()}, {"why", retired.error().message}});
  }
}

void Identity::tend_key_changes() {
  const Timestamp now = state_->clock.now();
  if (now - state_->key_changes_tended < kTendEvery) return;
  state_->key_changes_tended = now;
  const auto pending = state_->key_changes.pending();
  if (!pending) {
    return state_->log->warning("key_changes_unread", {{"why", pending.error().message}});
  }
  for (const auto& [organisation, device, change] : *pending) {
    const bool is_open = change.state == KeyChangeState::open;
    if (is_open && now < change.at + kKeyChangeUndo) continue;
    // The device may ask again for as long, and then the change is made after all.
    if (change.state == KeyChangeState::asked && now < change.at + kRenewalRepeat) continue;
    const auto done = is_open ? state_->retire_key({organisation, device, std::nullopt})
                              : state_->return_key(device, change);
    if (!done) {
      state_->log->warning("key_change_not_over",
                           {{"device", device.value().to_text()}, {"why", done.error().message}});
    }
  }
}

Result<void> Identity::State::retire_key(const RetiredKey& retired) {
  FASTNESS_RETURN_IF_ERROR(key_changes.move_to(retired.device, KeyChangeState::settled));
  FASTNESS_RETURN_IF_ERROR(publish_device(retired.device));
  revocation_lists.outdate();
  log->info("key_retired", {{"device", retired.device.value().to_text()}});
  if (key_retired) key_retired(retired);
  return {};
}

// The vault may have been told already, and its answer lost; or it never made the change. Either
// way it then knows of none. One that it will not take back any more it never will.
Result<void> Identity::State::return_key(DeviceId device, const KeyChange& change) {
  FASTNESS_ASSIGN_OR_RETURN(const auto record, store.find_certificate(change.old_leaf));
  if (!record) return fail(Errc::corrupted, "the certificate of the old key is not known");
  FASTNESS_ASSIGN_OR_RETURN(const auto certificate, crypto::Certificate::parse(record->der));
  FASTNESS_ASSIGN_OR_RETURN(const auto old_key, certificate.public_key());
  const auto returned =
      vault.take_back_key_change({device, record->entry.profile, old_key.point()});
  const bool is_over = returned || returned.error().code == Errc::not_found ||
                       returned.error().code == Errc::permission_denied;
  if (!is_over) return Unexpected<Error>{returned.error()};
  if (!returned && returned.error().code == Errc::permission_denied) {
    log->error("key_change_not_returned",
               {{"device", device.value().to_text()}, {"why", returned.error().message}});
  }
  FASTNESS_RETURN_IF_ERROR(catch_up());
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store.database().begin());
  if (returned) {
    FASTNESS_RETURN_IF_ERROR(store.keep_certificate(returned->entry.leaf, returned->certificate));
  }
  FASTNESS_RETURN_IF_ERROR(change.state == KeyChangeState::asked
                               ? key_changes.forget(device)
                               : key_changes.move_to(device, KeyChangeState::undone));
  return transaction.commit();
}

}  // namespace fastness::identity
