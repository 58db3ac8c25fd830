#include "identity/admission/admission.h"

#include <algorithm>

#include "crypto/x509/certificate.h"

namespace fastness::identity {
namespace {

using vault_ipc::GenerationState;

Unexpected<Refusal> refuse(RefusalReason reason, std::optional<DeviceId> device = std::nullopt) {
  return {Refusal{reason, device, std::nullopt}};
}

// (a), second part: what a generation's state still lets in.
bool generation_allows(const vault_ipc::Generation& generation, const LedgeredLeaf& leaf,
                       Timestamp now) {
  switch (generation.state) {
    case GenerationState::issuing:
    case GenerationState::retiring:
      return true;
    case GenerationState::distrusted:
    case GenerationState::destroyed:
      // Boards that cannot renew by themselves are safe still: the ledger knew them before the key
      // was in doubt, and their own key is pinned.
      return !has_lapsed(generation, leaf.profile, now) && generation.distrusted_at &&
             leaf.time < *generation.distrusted_at;
    case GenerationState::staged:
    case GenerationState::trusted:
      return false;  // it has issued nothing
  }
  return false;
}

// The same for renewing: a key that was given up says nothing against the pinned one. Whoever set a
// cut-off for the boards meant those that cannot renew.
bool generation_allows_renewal(const vault_ipc::Generation& generation, const LedgeredLeaf& leaf,
                               const RegisteredDevice& device, Timestamp now) {
  if (generation.state < GenerationState::distrusted) {
    return generation_allows(generation, leaf, now);
  }
  const bool was_ledgered_before =
      generation.distrusted_at && leaf.time < *generation.distrusted_at;
  const bool is_cut_off = generation.board_cut_off && now >= *generation.board_cut_off;
  const bool can_renew = leaf.profile == vault_ipc::Profile::standard || device.renews_itself;
  return was_ledgered_before && (can_renew || !is_cut_off);
}

// (c)
bool is_key_of(const RegisteredDevice& device, const crypto::Digest& key, Timestamp now) {
  if (device.pinned_key == key) return true;
  return device.former_key && device.former_key->key == key && now < device.former_key->until;
}

std::optional<RefusalReason> refusal_for(IdentityState state) {
  switch (state) {
    case IdentityState::active:
      return std::nullopt;
    case IdentityState::suspended:
      return RefusalReason::suspended;
    case IdentityState::quarantined:
      return RefusalReason::quarantined;
    case IdentityState::revoked:
      return RefusalReason::device_revoked;
  }
  return RefusalReason::device_revoked;
}

}  // namespace

bool has_lapsed(const vault_ipc::Generation& generation, vault_ipc::Profile profile,
                Timestamp now) {
  if (generation.state < GenerationState::distrusted) return false;
  if (profile != vault_ipc::Profile::board) return true;
  return generation.board_cut_off && now >= *generation.board_cut_off;
}

std::string to_text(const CertificateKind& kind) {
  return std::string(to_text(kind.profile)) + ":" + std::to_string(kind.generation.value());
}

std::string_view to_text(IdentityState state) {
  switch (state) {
    case IdentityState::active:
      return "active";
    case IdentityState::suspended:
      return "suspended";
    case IdentityState::quarantined:
      return "quarantined";
    case IdentityState::revoked:
      return "revoked";
  }
  return "revoked";
}

std::string_view to_text(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::malformed:
      return "malformed_certificate";
    case RefusalReason::unknown_certificate:
      return "unknown_certificate";
    case RefusalReason::forged:
      return "forged_certificate";
    case RefusalReason::not_yet_valid:
      return "certificate_not_yet_valid";
    case RefusalReason::expired:
      return "certificate_expired";
    case RefusalReason::generation:
      return "generation_not_trusted";
    case RefusalReason::wrong_signature:
      return "wrong_signature";
    case RefusalReason::wrong_key:
      return "wrong_key";
    case RefusalReason::certificate_revoked:
      return "certificate_revoked";
    case RefusalReason::device_revoked:
      return "device_revoked";
    case RefusalReason::suspended:
      return "device_suspended";
    case RefusalReason::quarantined:
      return "device_quarantined";
    case RefusalReason::in_two_places:
      return "device_in_two_places";
    case RefusalReason::unknown_device:
      return "unknown_device";
    case RefusalReason::no_secret:
      return "no_secret";
    case RefusalReason::wrong_secret:
      return "wrong_secret";
  }
  return "refused";
}

crypto::Digest SecretHash::of(DeviceId device, std::string_view secret) const {
  Bytes message = to_bytes(device.value().bytes());
  const ByteView text = as_bytes(secret);
  message.insert(message.end(), text.begin(), text.end());
  const crypto::Digest hash = crypto::hmac_sha256(key_, message);
  crypto::secure_zero(message);
  return hash;
}

AdmissionSnapshot::AdmissionSnapshot(TrustedGenerations generations, Devices devices, Leaves leaves,
                                     std::shared_ptr<const SecretHash> secret_hash)
    : generations_(std::move(generations)),
      devices_(std::move(devices)),
      leaves_(std::move(leaves)),
      secret_hash_(std::move(secret_hash)) {}

const AdmissionSnapshot::TrustedGeneration* AdmissionSnapshot::find_generation(
    vault_ipc::GenerationId id) const {
  const auto found = std::ranges::find_if(
      *generations_, [&](const TrustedGeneration& each) { return each.record.id == id; });
  return found == generations_->end() ? nullptr : &*found;
}

Result<AdmittedDevice, Refusal> AdmissionSnapshot::admit_leaf(const LedgeredLeaf& leaf,
                                                              const crypto::Digest& digest,
                                                              Timestamp now) const {
  const TrustedGeneration* generation = find_generation(leaf.generation);
  if (generation == nullptr || !generation_allows(generation->record, leaf, now)) {
    return refuse(RefusalReason::generation, leaf.device);
  }
  if (now > leaf.not_after) return refuse(RefusalReason::expired, leaf.device);
  return admit_holder(leaf, digest, now);
}

Result<AdmittedDevice, Refusal> AdmissionSnapshot::admit_holder(const LedgeredLeaf& leaf,
                                                                const crypto::Digest& digest,
                                                                Timestamp now) const {
  const RegisteredDevice* device = devices_.find(leaf.device);
  if (device == nullptr) return refuse(RefusalReason::unknown_device, leaf.device);
  if (leaf.is_revoked) return refuse(RefusalReason::certificate_revoked, leaf.device);
  if (const auto reason = refusal_for(device->state)) return refuse(*reason, leaf.device);
  if (!is_key_of(*device, leaf.key, now)) return refuse(RefusalReason::wrong_key, leaf.device);
  return AdmittedDevice{leaf.device, device->organisation, digest,
                        CertificateKind{leaf.generation, leaf.profile}};
}

bool AdmissionSnapshot::is_of_authority(const crypto::Certificate& certificate) const {
  if (!certificate.is_authority()) return false;
  return std::ranges::any_of(*generations_, [&](const TrustedGeneration& each) {
    return each.key.digest() == certificate.key_digest();
  });
}

Refusal AdmissionSnapshot::refuse_unknown(ByteView untrusted_leaf,
                                          const crypto::Digest& digest) const {
  const auto certificate = crypto::Certificate::parse(untrusted_leaf);
  const auto signed_bytes = crypto::signed_bytes_of(untrusted_leaf);
  if (!signed_bytes) return {RefusalReason::malformed, std::nullopt, std::nullopt};
  if (certificate && is_of_authority(*certificate)) {
    return {RefusalReason::unknown_certificate, std::nullopt, std::nullopt};
  }
  // Every key is tried, on whatever was signed: a thief who leaves the key identifier out, or
  // writes certificates in a way that we do not read, must not go unnoticed.
  for (const TrustedGeneration& generation : *generations_) {
    if (!generation.key.verify(signed_bytes->tbs, signed_bytes->signature)) continue;
    return {RefusalReason::forged, std::nullopt,
            ForgedLeaf{digest, generation.record.id,
                       certificate ? certificate->common_name() : std::string()}};
  }
  const auto reason = certificate ? RefusalReason::unknown_certificate : RefusalReason::malformed;
  return {reason, std::nullopt, std::nullopt};
}

Result<LedgeredLeaf, Refusal> AdmissionSnapshot::find_issued(ByteView untrusted_leaf,
                                                             const crypto::Digest& digest,
                                                             Timestamp now,
                                                             std::chrono::days grace) const {
  const LedgeredLeaf* leaf = leaves_.find(digest);
  if (leaf == nullptr) return Unexpected<Refusal>{refuse_unknown(untrusted_leaf, digest)};
  // The ledger names the digest of this leaf, so these are the bytes that the vault signed; they
  // are checked all the same, because the ledger's copy here is only a file.
  const auto certificate = crypto::Certificate::parse(untrusted_leaf);
  if (!certificate) return refuse(RefusalReason::malformed, leaf->device);
  const TrustedGeneration* generation = find_generation(leaf->generation);
  if (generation == nullptr) return refuse(RefusalReason::generation, leaf->device);
  if (!certificate->is_signed_by(generation->key)) {
    return refuse(RefusalReason::wrong_signature, leaf->device);
  }
  if (now < certificate->not_before()) return refuse(RefusalReason::not_yet_valid, leaf->device);
  if (now > certificate->not_after() + grace) return refuse(RefusalReason::expired, leaf->device);
  if (certificate->key_digest() != leaf->key) {
    return refuse(RefusalReason::wrong_key, leaf->device);
  }
  return *leaf;
}

Result<AdmittedDevice, Refusal> AdmissionSnapshot::admit_certificate(ByteView untrusted_leaf,
                                                                     Timestamp now) const {
  const crypto::Digest digest = crypto::sha256(untrusted_leaf);
  const auto leaf = find_issued(untrusted_leaf, digest, now, std::chrono::days(0));
  if (!leaf) return Unexpected<Refusal>{leaf.error()};
  return admit_leaf(*leaf, digest, now);
}

Result<AdmittedDevice, Refusal> AdmissionSnapshot::admit_digest(const crypto::Digest& leaf,
                                                                Timestamp now) const {
  const LedgeredLeaf* found = leaves_.find(leaf);
  if (found == nullptr) return refuse(RefusalReason::unknown_certificate);
  return admit_leaf(*found, leaf, now);
}

Result<DeviceId, Refusal> AdmissionSnapshot::admit_handshake(ByteView untrusted_leaf,
                                                             Timestamp now) const {
  const crypto::Digest digest = crypto::sha256(untrusted_leaf);
  const auto leaf = find_issued(untrusted_leaf, digest, now, kRenewalGrace);
  if (!leaf) return Unexpected<Refusal>{leaf.error()};
  return admit_resumption(digest, now);
}

Result<DeviceId, Refusal> AdmissionSnapshot::admit_resumption(const crypto::Digest& leaf,
                                                              Timestamp now) const {
  const auto admitted = admit_digest(leaf, now);
  if (admitted) return admitted->device;
  const auto renewing = admit_renewal(leaf, now);
  if (renewing) return renewing->device;
  return Unexpected<Refusal>{admitted.error()};
}

Result<DeviceId, Refusal> AdmissionSnapshot::recognise(ByteView untrusted_leaf,
                                                       Timestamp now) const {
  const auto leaf = find_issued(untrusted_leaf, crypto::sha256(untrusted_leaf), now, kRenewalGrace);
  if (!leaf) return Unexpected<Refusal>{leaf.error()};
  return leaf->device;
}

Result<RenewingDevice, Refusal> AdmissionSnapshot::admit_renewal(const crypto::Digest& leaf,
                                                                 Timestamp now) const {
  const LedgeredLeaf* found = leaves_.find(leaf);
  if (found == nullptr) return refuse(RefusalReason::unknown_certificate);
  const RegisteredDevice* device = devices_.find(found->device);
  if (device == nullptr) return refuse(RefusalReason::unknown_device, found->device);
  const TrustedGeneration* generation = find_generation(found->generation);
  if (generation == nullptr ||
      !generation_allows_renewal(generation->record, *found, *device, now)) {
    return refuse(RefusalReason::generation, found->device);
  }
  if (now > found->not_after + kRenewalGrace) {
    return refuse(RefusalReason::expired, found->device);
  }
  const auto holder = admit_holder(*found, leaf, now);
  if (!holder) return Unexpected<Refusal>{holder.error()};
  return RenewingDevice{holder->device, holder->organisation};
}

Result<AdmittedDevice, Refusal> AdmissionSnapshot::admit_secret(DeviceId device,
                                                                std::string_view untrusted_secret,
                                                                Timestamp /*now*/) const {
  // Computed first, so that a device that does not exist takes as long to refuse as one that does.
  const crypto::Digest hash = secret_hash_->of(device, untrusted_secret);
  const RegisteredDevice* registered = devices_.find(device);
  if (registered == nullptr) return refuse(RefusalReason::unknown_device);
  if (!registered->secret_hash) {
    // It had one until its revocation, which took it: nobody can tell any more which it was.
    const bool is_revoked = registered->state == IdentityState::revoked;
    return refuse(is_revoked ? RefusalReason::device_revoked : RefusalReason::no_secret, device);
  }
  if (!crypto::constant_time_equal(hash, *registered->secret_hash)) {
    return refuse(RefusalReason::wrong_secret, device);
  }
  if (const auto reason = refusal_for(registered->state)) return refuse(*reason, device);
  return AdmittedDevice{device, registered->organisation, std::nullopt, std::nullopt};
}

}  // namespace fastness::identity
