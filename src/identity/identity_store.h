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
#include "crypto/x509/revocation_list.h"
#include "identity/admission/admission.h"
#include "identity/authority/progress.h"
#include "identity/issued_certificate.h"
#include "identity/key_change.h"
#include "identity/renewal.h"
#include "ledger/entry.h"
#include "storage/database.h"

namespace fastness::identity {

// One device as it is stored.
struct StoredDevice {
  DeviceId device;
  RegisteredDevice registered;
  std::string reason;
  Timestamp since{};
  bool secret_was_chosen = false;
};

// One certificate as third parties are told of it.
struct CertificateStanding {
  ledger::LedgerEntry entry;
  Bytes der;
  std::optional<crypto::RevokedSerial> revoked;  // by itself or with its device
};

struct ExaminedDevice;

// The tables of device identity: `identity_device`, the hub's copy of the ledger in
// `identity_certificate`, each device's last renewal in `identity_renewal` and its last change of
// key in `identity_key_change` (see KeyChangeStore), and whose ledger it is.
// Lives on the database's executor, which must outlive it.
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
  // Each device with its newest certificate.
  [[nodiscard]] Result<std::vector<DeviceStanding>> standings();
  // The organisation's devices with what is stored of each; what was seen of them is left out.
  [[nodiscard]] Result<std::vector<ExaminedDevice>> examined(OrganisationId organisation);
  [[nodiscard]] Result<void> mark_removed(DeviceId device, Timestamp now);
  // Clears what members wrote about the organisation's devices and certificates.
  [[nodiscard]] Result<void> forget_reasons(OrganisationId organisation);
  [[nodiscard]] Result<void> set_state(DeviceId device, IdentityState state,
                                       std::string_view reason, Timestamp now);
  [[nodiscard]] Result<void> pin_key(DeviceId device, const crypto::Digest& key);
  [[nodiscard]] Result<void> set_secret(DeviceId device, const std::optional<crypto::Digest>& hash,
                                        bool was_chosen);

  // The ledger's copy, in the order of its index.
  [[nodiscard]] Result<void> append_entry(const ledger::LedgerEntry& entry);
  [[nodiscard]] Result<void> for_each_entry(
      const std::function<Result<void>(const ledger::LedgerEntry&, bool is_revoked)>& visit);
  // The entries from `first` on, at most `limit`; none past the end.
  [[nodiscard]] Result<std::vector<ledger::LedgerEntry>> entries(std::uint64_t first,
                                                                 std::uint64_t limit);
  [[nodiscard]] Result<void> keep_certificate(const crypto::Digest& leaf, ByteView der);
  [[nodiscard]] Result<void> revoke_certificate(const crypto::Digest& leaf, Timestamp now,
                                                std::string_view reason);
  // What a revocation list of this generation says: its certificates that have not expired and are
  // not admitted, by themselves or with their device. Those that never arrived here have no serial
  // number to list, and nobody who could show them.
  [[nodiscard]] Result<std::vector<crypto::RevokedSerial>> revoked(ledger::GenerationId generation,
                                                                   Timestamp now);
  // The certificate of this serial number, and what a revocation list says of it. Nothing if it
  // never arrived here.
  [[nodiscard]] Result<std::optional<CertificateStanding>> find_serial(ByteView serial);
  // Nothing if the device never renewed by itself.
  [[nodiscard]] Result<std::optional<Renewal>> last_renewal(DeviceId device);
  [[nodiscard]] Result<void> keep_renewal(DeviceId device, const Renewal& renewal);
  // Newest first.
  [[nodiscard]] Result<std::vector<CertificateRecord>> certificates(DeviceId device);
  [[nodiscard]] Result<std::optional<CertificateRecord>> find_certificate(
      const crypto::Digest& leaf);

 private:
  explicit IdentityStore(storage::Database& database) : database_(&database) {}

  [[nodiscard]] Result<void> name_serials();

  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::identity
