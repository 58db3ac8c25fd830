#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/public_key/ed25519.h"
#include "identity/admission/admission.h"
#include "identity/issued_certificate.h"
#include "storage/database.h"
#include "vault_ipc/messages/ledger_entry.h"

namespace fastness::identity {

// One device as it is stored.
struct StoredDevice {
  DeviceId device;
  RegisteredDevice registered;
  std::string reason;
  Timestamp since{};
  bool secret_was_chosen = false;
};

// The tables of device identity: `identity_device`, the hub's copy of the ledger in
// `identity_certificate`, and whose ledger it is. Lives on the database's executor, which must
// outlive it.
class IdentityStore {
 public:
  [[nodiscard]] static Result<IdentityStore> open(storage::Database& database);

  [[nodiscard]] storage::Database& database() { return *database_; }

  // Remembers the ledger's name and key the first time; `corrupted` if they are others later: this
  // database then belongs to another vault.
  [[nodiscard]] Result<void> pin_ledger(std::string_view origin,
                                        const crypto::Ed25519PublicKey& key);

  [[nodiscard]] Result<void> add_device(OrganisationId organisation, DeviceId device,
                                        Timestamp now);
  // Nothing if there is none, or it was removed.
  [[nodiscard]] Result<std::optional<StoredDevice>> find_device(DeviceId device);
  [[nodiscard]] Result<std::vector<StoredDevice>> devices();
  [[nodiscard]] Result<void> mark_removed(DeviceId device, Timestamp now);
  [[nodiscard]] Result<void> set_state(DeviceId device, IdentityState state,
                                       std::string_view reason, Timestamp now);
  [[nodiscard]] Result<void> pin_key(DeviceId device, const crypto::Digest& key);
  [[nodiscard]] Result<void> set_secret(DeviceId device, const std::optional<crypto::Digest>& hash,
                                        bool was_chosen);

  // The ledger's copy, in the order of its index.
  [[nodiscard]] Result<void> append_entry(const vault_ipc::LedgerEntry& entry);
  [[nodiscard]] Result<void> for_each_entry(
      const std::function<Result<void>(const vault_ipc::LedgerEntry&, bool is_revoked)>& visit);
  [[nodiscard]] Result<void> keep_certificate(const crypto::Digest& leaf, ByteView der);
  [[nodiscard]] Result<void> revoke_certificate(const crypto::Digest& leaf, Timestamp now,
                                                std::string_view reason);
  // Newest first.
  [[nodiscard]] Result<std::vector<CertificateRecord>> certificates(DeviceId device);
  [[nodiscard]] Result<std::optional<CertificateRecord>> find_certificate(
      const crypto::Digest& leaf);

 private:
  explicit IdentityStore(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::identity
