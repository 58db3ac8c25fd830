#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "identity/admission/forgery_watch.h"
#include "identity/alarms/alarm_book.h"
#include "identity/detection/forgery_store.h"
#include "identity/detection/lockdown.h"
#include "identity/identity.h"
#include "identity/identity_store.h"
#include "identity/key_change_store.h"
#include "identity/ledger_replica.h"
#include "identity/revocation_lists.h"

namespace fastness::identity {

// What Identity works on: the store, the ledger's copy, and the snapshot that others see. Lives on
// the control thread.
class Identity::State {
 public:
  State(const Parts& parts, IdentityStore opened, ForgeryStore opened_forgeries,
        Lockdown opened_lockdown, AlarmBook opened_alarms);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] Result<void> load();

  // The device, if it is this organisation's.
  [[nodiscard]] Result<StoredDevice> require(OrganisationId organisation, DeviceId device);

  // Publishes the present snapshot with this device as it is stored now, or without it.
  [[nodiscard]] Result<void> publish_device(DeviceId device);
  void publish_leaf(const crypto::Digest& digest, LedgeredLeaf leaf);
  // The leaf as revoked, if anybody could still come in by it.
  void publish_revoked(const crypto::Digest& digest);
  // Asks the vault for the generations and publishes them.
  [[nodiscard]] Result<void> refresh_generations();
  // The same, for whoever wants to see them; tells what lapsed if they are not what was published.
  // A vault may have died after it took a step, or have taken one when it was started again.
  [[nodiscard]] Result<std::vector<vault_ipc::Generation>> read_generations();

  // Fetches and publishes what the ledger has and we do not. Returns a checkpoint, signed now.
  [[nodiscard]] Result<std::string> catch_up();

  // Has the vault issue a certificate; keeps it, pins its key and admits it, once the ledger's copy
  // names it. `keep_more` is part of the same transaction.
  using KeepMore = std::function<Result<void>(const crypto::Digest& leaf)>;
  [[nodiscard]] Result<IssuedCertificate> issue(const vault_ipc::IssueDeviceCertificate& request,
                                                const KeepMore& keep_more = nullptr);

  // Asks the vault for one step of a generation, publishes it, and tells what lapsed by it.
  [[nodiscard]] Result<void> change_generation(const vault_ipc::ChangeGeneration& change);

  // Tells of each kind of certificate that is admitted no more, once.
  void tell_lapsed();

  // Forgets expired leaves and what was seen of devices long ago, once a day.
  void prune(Timestamp now);

  // Keeps what the alarm says, then passes it on.
  void raise(const ForgeryAlarm& alarm);

  // What people are to be told of, wherever they are.
  void note(const Alarm& alarm);

  // Locks enrolment and tells of it, unless it is locked already.
  void lock(vault_ipc::GenerationId generation);

  void tell_revoked(DeviceId device, std::optional<crypto::Digest> leaf, std::string_view reason);

  // Moves an identity to another state; see Identity::suspend and its like.
  [[nodiscard]] Result<void> move_to(OrganisationId organisation, DeviceId device,
                                     IdentityState state, std::string_view reason);

  // A device's former key lets nobody in any more.
  [[nodiscard]] Result<void> retire_key(const RetiredKey& retired);
  // Tells the vault that the change was taken back, or finds that it need not know. On success
  // nothing of it is left to do.
  [[nodiscard]] Result<void> return_key(DeviceId device, const KeyChange& change);

  // The certificate of a record, with what goes with it.
  [[nodiscard]] Result<IssuedCertificate> to_issued(const CertificateRecord& record);

  vault_ipc::Client& vault;
  const Clock& clock;
  Random& random;
  std::unique_ptr<telemetry::Log> log;  // a pointer, since headers here do not know the log
  IdentityStore store;
  KeyChangeStore key_changes;
  LedgerReplica ledger;
  RevocationLists revocation_lists;
  Published<AdmissionSnapshot> snapshot;
  ForgeryWatch forgeries;
  ForgeryStore forgery_store;
  Lockdown lockdown;
  AlarmBook alarms;
  CloneWatch clones;
  RefusalWatch refusals;
  RenewalWatch renewal_faults;
  const DetectionPolicy policy;
  std::function<void(const ForgeryAlarm&)> forged;
  std::function<AlarmResponse(const ForgeryAlarm&)> respond;  // after `forged` was told
  std::function<void(const PolicyQuarantine&)> quarantined;
  std::function<void(const LockdownEvent&)> lockdown_changed;
  std::function<void(const Revocation&)> revoked;
  std::function<void(const CertificateKind&)> lapsed;
  std::function<void(const RetiredKey&)> key_retired;
  Timestamp key_changes_tended{};

 private:
  void publish(AdmissionSnapshot next);
  [[nodiscard]] std::set<CertificateKind> lapsed_now() const;

  std::set<CertificateKind> told_;  // as lapsed
  Timestamp pruned_at_{};
};

}  // namespace fastness::identity
