#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "identity/admission/forgery_watch.h"
#include "identity/identity.h"
#include "identity/identity_store.h"
#include "identity/ledger_replica.h"

namespace fastness::identity {

// What Identity works on: the store, the ledger's copy, and the snapshot that others see. Lives on
// the control thread.
class Identity::State {
 public:
  State(const Parts& parts, IdentityStore opened);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] Result<void> load();

  // The device, if it is this organisation's.
  [[nodiscard]] Result<StoredDevice> require(OrganisationId organisation, DeviceId device);

  // Publishes the present snapshot with this device as it is stored now, or without it.
  [[nodiscard]] Result<void> publish_device(DeviceId device);
  void publish_leaf(const crypto::Digest& digest, LedgeredLeaf leaf);
  // Asks the vault for the generations and publishes them.
  [[nodiscard]] Result<void> refresh_generations();

  // Fetches and publishes what the ledger has and we do not.
  [[nodiscard]] Result<void> catch_up();

  // Forgets expired leaves, once a day.
  void prune(Timestamp now);

  void tell_revoked(DeviceId device, std::optional<crypto::Digest> leaf, std::string_view reason);

  // Moves an identity to another state; see Identity::suspend and its like.
  [[nodiscard]] Result<void> move_to(OrganisationId organisation, DeviceId device,
                                     IdentityState state, std::string_view reason);

  // The certificate of a record, with what goes with it.
  [[nodiscard]] Result<IssuedCertificate> to_issued(const CertificateRecord& record);

  vault_ipc::Client& vault;
  const Clock& clock;
  Random& random;
  std::unique_ptr<telemetry::Log> log;  // a pointer, since headers here do not know the log
  IdentityStore store;
  LedgerReplica ledger;
  Published<AdmissionSnapshot> snapshot;
  ForgeryWatch forgeries;
  std::function<void(const Revocation&)> revoked;
  std::function<void(vault_ipc::GenerationId)> distrusted;

 private:
  void publish(AdmissionSnapshot next);

  Timestamp pruned_at_{};
};

}  // namespace fastness::identity
