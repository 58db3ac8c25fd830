#include "identity/identity_state.h"

#include <algorithm>

#include "telemetry/log.h"

namespace fastness::identity {
namespace {

using Generations = std::vector<AdmissionSnapshot::TrustedGeneration>;

// The lookup key is the hub's to use, not to keep: this one is derived from it for one purpose.
std::shared_ptr<const SecretHash> make_secret_hash(const vault_ipc::StartKeys& keys) {
  return std::make_shared<const SecretHash>(
      crypto::hkdf_sha256(keys.device_secret, {}, "fastness device secret hash v1", 32));
}

std::shared_ptr<const AdmissionSnapshot> empty_snapshot(const vault_ipc::StartKeys& keys) {
  return std::make_shared<const AdmissionSnapshot>(
      std::make_shared<const Generations>(), AdmissionSnapshot::Devices(),
      AdmissionSnapshot::Leaves(), make_secret_hash(keys));
}

LedgeredLeaf to_leaf(const vault_ipc::LedgerEntry& entry, bool is_revoked) {
  return {entry.device, entry.key,       entry.generation, entry.profile,
          entry.time,   entry.not_after, is_revoked};
}

Result<AdmissionSnapshot::TrustedGenerations> prepare(std::vector<vault_ipc::Generation> list) {
  auto prepared = std::make_shared<Generations>();
  for (vault_ipc::Generation& record : list) {
    FASTNESS_ASSIGN_OR_RETURN(auto key, crypto::PublicKey::from_point(record.key));
    prepared->push_back({std::move(record), std::move(key)});
  }
  return AdmissionSnapshot::TrustedGenerations(std::move(prepared));
}

}  // namespace

Identity::State::State(const Parts& parts, IdentityStore opened)
    : vault(parts.vault),
      clock(parts.clock),
      random(parts.random),
      log(std::make_unique<telemetry::Log>(parts.log.named("identity"))),
      store(opened),
      ledger(store, parts.vault, parts.keys.ledger_origin, parts.keys.ledger_key),
      snapshot(empty_snapshot(parts.keys)) {}

Identity::State::~State() = default;

void Identity::State::publish(AdmissionSnapshot next) {
  snapshot.store(std::make_shared<const AdmissionSnapshot>(std::move(next)));
}

Result<void> Identity::State::load() {
  const Timestamp now = clock.now();
  std::vector<std::pair<crypto::Digest, LedgeredLeaf>> leaves;
  FASTNESS_RETURN_IF_ERROR(ledger.open([&](const vault_ipc::LedgerEntry& entry, bool is_revoked) {
    if (entry.not_after >= now) leaves.emplace_back(entry.leaf, to_leaf(entry, is_revoked));
  }));
  FASTNESS_ASSIGN_OR_RETURN(auto stored, store.devices());
  std::vector<std::pair<DeviceId, RegisteredDevice>> devices;
  devices.reserve(stored.size());
  for (const StoredDevice& device : stored) {
    devices.emplace_back(device.device, device.registered);
  }
  const auto before = snapshot.load();
  publish(
      AdmissionSnapshot(before->generations(), AdmissionSnapshot::Devices::of(std::move(devices)),
                        AdmissionSnapshot::Leaves::of(std::move(leaves)), before->secret_hash()));
  pruned_at_ = now;
  FASTNESS_RETURN_IF_ERROR(refresh_generations());
  log->info("ready", {{"devices", stored.size()}, {"ledger", ledger.size()}});
  return {};
}

Result<StoredDevice> Identity::State::require(OrganisationId organisation, DeviceId device) {
  FASTNESS_ASSIGN_OR_RETURN(auto found, store.find_device(device));
  if (!found || found->registered.organisation != organisation) {
    return fail(Errc::not_found, "no such device");
  }
  return std::move(*found);
}

Result<void> Identity::State::publish_device(DeviceId device) {
  FASTNESS_ASSIGN_OR_RETURN(const auto stored, store.find_device(device));
  const auto before = snapshot.load();
  auto devices = stored ? before->devices().with(device, stored->registered)
                        : before->devices().without(device);
  publish(AdmissionSnapshot(before->generations(), std::move(devices), before->leaves(),
                            before->secret_hash()));
  return {};
}

void Identity::State::publish_leaf(const crypto::Digest& digest, LedgeredLeaf leaf) {
  const auto before = snapshot.load();
  publish(AdmissionSnapshot(before->generations(), before->devices(),
                            before->leaves().with(digest, leaf), before->secret_hash()));
}

Result<void> Identity::State::refresh_generations() {
  FASTNESS_ASSIGN_OR_RETURN(auto list, vault.generations());
  FASTNESS_ASSIGN_OR_RETURN(auto prepared, prepare(std::move(list)));
  const auto before = snapshot.load();
  publish(AdmissionSnapshot(std::move(prepared), before->devices(), before->leaves(),
                            before->secret_hash()));
  return {};
}

Result<void> Identity::State::catch_up() {
  return ledger.catch_up([this](const vault_ipc::LedgerEntry& entry, bool is_revoked) {
    publish_leaf(entry.leaf, to_leaf(entry, is_revoked));
  });
}

void Identity::State::prune(Timestamp now) {
  constexpr std::chrono::hours kInterval{24};
  if (now - pruned_at_ < kInterval) return;
  pruned_at_ = now;
  std::vector<std::pair<crypto::Digest, LedgeredLeaf>> leaves;
  const auto read = store.for_each_entry(
      [&](const vault_ipc::LedgerEntry& entry, bool is_revoked) -> Result<void> {
        if (entry.not_after >= now) leaves.emplace_back(entry.leaf, to_leaf(entry, is_revoked));
        return {};
      });
  if (!read) {
    log->warning("prune_failed", {{"why", read.error().message}});
    return;
  }
  const auto before = snapshot.load();
  publish(AdmissionSnapshot(before->generations(), before->devices(),
                            AdmissionSnapshot::Leaves::of(std::move(leaves)),
                            before->secret_hash()));
}

void Identity::State::tell_revoked(DeviceId device, std::optional<crypto::Digest> leaf,
                                   std::string_view reason) {
  log->info("cut_off", {{"device", device.value().to_text()}, {"reason", reason}});
  if (revoked) revoked({device, leaf, std::string(reason)});
}

Result<void> Identity::State::move_to(OrganisationId organisation, DeviceId device,
                                      IdentityState state, std::string_view reason) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredDevice stored, require(organisation, device));
  if (stored.registered.state == IdentityState::revoked) {
    return fail(Errc::permission_denied, "the device is revoked: enrol it anew");
  }
  FASTNESS_RETURN_IF_ERROR(store.set_state(device, state, reason, clock.now()));
  FASTNESS_RETURN_IF_ERROR(publish_device(device));
  if (state != IdentityState::active) tell_revoked(device, std::nullopt, to_text(state));
  return {};
}

Result<IssuedCertificate> Identity::State::to_issued(const CertificateRecord& record) {
  if (record.der.empty()) {
    return fail(Errc::not_found, "the certificate was issued, but never arrived here");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto certificate, crypto::Certificate::parse(record.der));
  const auto generations = snapshot.load()->generations();
  const auto signer = std::ranges::find_if(
      *generations, [&](const auto& each) { return each.record.id == record.entry.generation; });
  std::string chain;
  if (signer != generations->end()) {
    FASTNESS_ASSIGN_OR_RETURN(const auto authority,
                              crypto::Certificate::parse(signer->record.certificate));
    chain = authority.to_pem();
  }
  return IssuedCertificate{std::move(certificate), record.entry, std::move(chain), {}};
}

}  // namespace fastness::identity
