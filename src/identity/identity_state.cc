#include "identity/identity_state.h"

#include <algorithm>
#include <utility>

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

// Whether a certificate still matters to anybody: its device may renew it for a while.
bool is_kept(const vault_ipc::LedgerEntry& entry, Timestamp now) {
  return entry.not_after + kRenewalGrace >= now;
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

Identity::State::State(const Parts& parts, IdentityStore opened, ForgeryStore opened_forgeries,
                       Lockdown opened_lockdown, AlarmBook opened_alarms)
    : vault(parts.vault),
      clock(parts.clock),
      random(parts.random),
      log(std::make_unique<telemetry::Log>(parts.log.named("identity"))),
      store(opened),
      key_changes(store.database()),
      ledger(store, parts.vault, {parts.keys.ledger_origin, parts.keys.ledger_key}),
      revocation_lists(parts.vault, store, parts.clock),
      snapshot(empty_snapshot(parts.keys)),
      forgery_store(opened_forgeries),
      lockdown(opened_lockdown),
      alarms(opened_alarms),
      policy(parts.policy) {
  forgeries.on_alarm([this](const ForgeryAlarm& alarm) { raise(alarm); });
}

Identity::State::~State() = default;

void Identity::State::publish(AdmissionSnapshot next) {
  snapshot.store(std::make_shared<const AdmissionSnapshot>(std::move(next)));
}

Result<void> Identity::State::load() {
  const Timestamp now = clock.now();
  std::vector<std::pair<crypto::Digest, LedgeredLeaf>> leaves;
  FASTNESS_RETURN_IF_ERROR(ledger.open([&](const vault_ipc::LedgerEntry& entry, bool is_revoked) {
    if (is_kept(entry, now)) leaves.emplace_back(entry.leaf, to_leaf(entry, is_revoked));
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
  told_ = lapsed_now();  // nobody has come in by one of these
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

void Identity::State::publish_revoked(const crypto::Digest& digest) {
  const auto before = snapshot.load();
  const LedgeredLeaf* leaf = before->leaves().find(digest);
  if (leaf == nullptr) return;
  LedgeredLeaf dead = *leaf;
  dead.is_revoked = true;
  publish_leaf(digest, dead);
}

Result<void> Identity::State::refresh_generations() {
  FASTNESS_ASSIGN_OR_RETURN(auto list, vault.generations());
  FASTNESS_ASSIGN_OR_RETURN(auto prepared, prepare(std::move(list)));
  const auto before = snapshot.load();
  publish(AdmissionSnapshot(std::move(prepared), before->devices(), before->leaves(),
                            before->secret_hash()));
  return {};
}

Result<std::vector<vault_ipc::Generation>> Identity::State::read_generations() {
  FASTNESS_ASSIGN_OR_RETURN(auto list, vault.generations());
  const auto before = snapshot.load();
  const bool is_published = std::ranges::equal(*before->generations(), list, {},
                                               &AdmissionSnapshot::TrustedGeneration::record);
  if (is_published) return list;
  FASTNESS_ASSIGN_OR_RETURN(auto prepared, prepare(list));
  publish(AdmissionSnapshot(std::move(prepared), before->devices(), before->leaves(),
                            before->secret_hash()));
  revocation_lists.outdate();
  tell_lapsed();
  return list;
}

Result<void> Identity::State::change_generation(const vault_ipc::ChangeGeneration& change) {
  FASTNESS_RETURN_IF_ERROR(vault.change_generation(change));
  revocation_lists.outdate();
  FASTNESS_RETURN_IF_ERROR(refresh_generations());
  tell_lapsed();
  return {};
}

std::set<CertificateKind> Identity::State::lapsed_now() const {
  const Timestamp now = clock.now();
  const auto generations = snapshot.load()->generations();
  std::set<CertificateKind> kinds;
  for (const AdmissionSnapshot::TrustedGeneration& each : *generations) {
    for (const auto profile : {vault_ipc::Profile::standard, vault_ipc::Profile::board}) {
      if (has_lapsed(each.record, profile, now)) kinds.insert({each.record.id, profile});
    }
  }
  return kinds;
}

// A cut-off that is moved into the future takes a kind back, which may lapse again.
void Identity::State::tell_lapsed() {
  const std::set<CertificateKind> before = std::exchange(told_, lapsed_now());
  for (const CertificateKind& kind : told_) {
    if (before.contains(kind)) continue;
    log->info("lapsed", {{"certificates", to_text(kind)}});
    if (lapsed) lapsed(kind);
  }
}

Result<std::string> Identity::State::catch_up() {
  return ledger.catch_up([this](const vault_ipc::LedgerEntry& entry, bool is_revoked) {
    publish_leaf(entry.leaf, to_leaf(entry, is_revoked));
  });
}

Result<IssuedCertificate> Identity::State::issue(const vault_ipc::IssueDeviceCertificate& request,
                                                 const KeepMore& keep_more) {
  FASTNESS_ASSIGN_OR_RETURN(auto issued, vault.issue_device_certificate(request));
  // The ledger first: it is what admission believes, and it names whatever else was issued.
  FASTNESS_RETURN_IF_ERROR(catch_up());
  const crypto::Digest leaf = crypto::sha256(issued.certificate);
  FASTNESS_ASSIGN_OR_RETURN(const auto entry, store.find_certificate(leaf));
  if (!entry || entry->entry != issued.entry) {
    return fail(Errc::corrupted, "the vault issued a certificate that its ledger does not name");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store.database().begin());
  FASTNESS_RETURN_IF_ERROR(store.keep_certificate(leaf, issued.certificate));
  FASTNESS_RETURN_IF_ERROR(store.pin_key(request.device, issued.entry.key));
  if (keep_more) FASTNESS_RETURN_IF_ERROR(keep_more(leaf));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  FASTNESS_RETURN_IF_ERROR(refresh_generations());
  FASTNESS_RETURN_IF_ERROR(publish_device(request.device));
  FASTNESS_ASSIGN_OR_RETURN(
      IssuedCertificate result,
      to_issued({leaf, std::move(issued.certificate), issued.entry, std::nullopt}));
  result.checkpoint = std::move(issued.checkpoint);
  return result;
}

void Identity::State::prune(Timestamp now) {
  constexpr std::chrono::hours kInterval{24};
  if (now - pruned_at_ < kInterval) return;
  pruned_at_ = now;
  clones.prune(now);
  refusals.prune(now);
  std::vector<std::pair<crypto::Digest, LedgeredLeaf>> leaves;
  const auto read = store.for_each_entry(
      [&](const vault_ipc::LedgerEntry& entry, bool is_revoked) -> Result<void> {
        if (is_kept(entry, now)) leaves.emplace_back(entry.leaf, to_leaf(entry, is_revoked));
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

// While the ledger's copy is behind, nothing is proved yet.
void Identity::State::raise(const ForgeryAlarm& alarm) {
  if (!alarm.is_suspect) {
    const auto kept = forgery_store.add(alarm.leaf.generation, alarm.count, clock.now());
    if (!kept) log->error("forgery_not_kept", {{"why", kept.error().message}});
  }
  if (forged) forged(alarm);
  const AlarmResponse response = respond ? respond(alarm) : AlarmResponse::none;
  if (alarm.is_suspect) return;
  const OrganisationId nobody(Uuid(Uuid::Bytes{}));
  note({AlarmKind::forgery, nobody, std::to_string(alarm.leaf.generation.value()), response});
}

void Identity::State::note(const Alarm& alarm) {
  if (const auto noted = alarms.note(alarm, clock.now()); !noted) {
    log->error("alarm_not_kept", {{"why", noted.error().message}});
  }
}

void Identity::State::lock(vault_ipc::GenerationId generation) {
  const bool is_new = !lockdown.now();
  if (const auto kept = lockdown.begin(generation, clock.now()); !kept) {
    log->error("lockdown_not_kept", {{"why", kept.error().message}});
  }
  if (!is_new) return;
  log->warning("enrolment_locked", {{"generation", generation.value()}});
  if (lockdown_changed) lockdown_changed({LockdownEvent::Change::began, *lockdown.now()});
}

void Identity::State::tell_revoked(DeviceId device, std::optional<crypto::Digest> leaf,
                                   std::string_view reason) {
  revocation_lists.outdate();
  log->info("cut_off", {{"device", device.value().to_text()}, {"reason", reason}});
  if (!leaf) {  // who comes from now on has other credentials, or is let in
    clones.forget(device);
    renewal_faults.forget(device);
  }
  if (revoked) revoked({device, leaf, std::string(reason)});
}

Result<void> Identity::State::move_to(OrganisationId organisation, DeviceId device,
                                      IdentityState state, std::string_view reason) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredDevice stored, require(organisation, device));
  if (stored.registered.state == IdentityState::revoked) {
    return fail(Errc::permission_denied, "the device is revoked: enrol it anew");
  }
  FASTNESS_RETURN_IF_ERROR(store.set_state(device, state, reason, clock.now()));
  revocation_lists.outdate();
  FASTNESS_RETURN_IF_ERROR(publish_device(device));
  refusals.forget(device);
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
