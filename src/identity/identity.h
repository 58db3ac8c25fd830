#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/published.h"
#include "base/random.h"
#include "base/result.h"
#include "identity/admission/admission.h"
#include "identity/issued_certificate.h"
#include "storage/database.h"
#include "vault_ipc/client.h"

namespace fastness::telemetry {
class Log;
}

namespace fastness::identity {

// What an owner sees of a device's identity.
struct DeviceIdentity {
  OrganisationId organisation;
  IdentityState state = IdentityState::active;
  std::string reason;  // of the state, in its owner's words
  Timestamp since{};
  bool has_secret = false;
  bool secret_was_chosen = false;  // by a person: to be marked until it is regenerated
  std::optional<crypto::Digest> pinned_key;
};

// A device that may not come in any more, so that its sessions end now.
struct Revocation {
  DeviceId device;
  std::optional<crypto::Digest> leaf;  // only this certificate; else all of the device
  std::string reason;
};

// Somebody used a certificate that we never issued. Reports within a second are one alarm.
struct ForgeryAlarm {
  ForgedLeaf leaf;          // the first of them
  std::uint64_t count = 1;  // in all
  bool is_suspect = false;  // the ledger's copy here is behind, so it may yet prove innocent
};

// How a device asks for a certificate.
struct Enrolment {
  OrganisationId organisation;
  DeviceId device;
  vault_ipc::Profile profile = vault_ipc::Profile::standard;
  std::string request;  // PKCS#10, PEM or DER; the names in it count for nothing
  // Needed if the device has another key already.
  vault_ipc::ContinuityProof proof;
};

// The devices' identities: which exist, which key each is pinned to, which secrets, certificates
// and states they have, and the hub's copy of the vault's ledger. Lives on the control thread;
// what it publishes is read by any.
//
// Calls that name an organisation fail with `not_found` for another organisation's device.
class Identity {
 public:
  // All but `keys` and `log` must outlive the object.
  struct Parts {
    storage::Database& database;
    vault_ipc::Client& vault;
    const Clock& clock;
    Random& random;
    const vault_ipc::StartKeys& keys;
    const telemetry::Log& log;
  };

  // Fetches what the ledger's copy lacks and holds it against a checkpoint that the vault signs
  // now. `corrupted` if they differ, for then one of them was changed.
  [[nodiscard]] static Result<std::unique_ptr<Identity>> open(const Parts& parts);
  ~Identity();
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  [[nodiscard]] const Published<AdmissionSnapshot>& published() const;

  // `already_exists` if the id is taken.
  [[nodiscard]] Result<void> add_device(OrganisationId organisation, DeviceId device);
  // For good: revokes it and forgets its secret. The ledger and its certificates' records stay.
  [[nodiscard]] Result<void> remove_device(OrganisationId organisation, DeviceId device);
  [[nodiscard]] Result<DeviceIdentity> describe(OrganisationId organisation, DeviceId device) const;

  // `invalid_argument` for a bad request, `permission_denied` if the device has another key and
  // the proof does not carry it over, or is not active. On success the key is pinned and the
  // certificate admitted.
  [[nodiscard]] Result<IssuedCertificate> enrol(const Enrolment& enrolment);
  // Newest first.
  [[nodiscard]] Result<std::vector<CertificateRecord>> certificates(OrganisationId organisation,
                                                                    DeviceId device) const;
  [[nodiscard]] Result<IssuedCertificate> certificate(OrganisationId organisation, DeviceId device,
                                                      const crypto::Digest& fingerprint) const;
  // Not an error if it is revoked already.
  [[nodiscard]] Result<void> revoke_certificate(OrganisationId organisation, DeviceId device,
                                                const crypto::Digest& fingerprint,
                                                const std::string& reason);

  // A secret to suggest: 32 letters and digits, 190 bits. Nothing is stored.
  [[nodiscard]] std::string suggest_secret() const;
  // Takes a secret that was suggested, or chosen: `invalid_argument` unless that is long and
  // strong. The old one dies, and sessions that used it end.
  enum class SecretOrigin { suggested, chosen };
  [[nodiscard]] Result<void> set_secret(OrganisationId organisation, DeviceId device,
                                        std::string_view secret, SecretOrigin origin);
  // Not an error without one.
  [[nodiscard]] Result<void> clear_secret(OrganisationId organisation, DeviceId device);
  [[nodiscard]] Result<bool> is_secret(OrganisationId organisation, DeviceId device,
                                       std::string_view untrusted_secret) const;

  // `permission_denied` if the device is revoked.
  [[nodiscard]] Result<void> suspend(OrganisationId organisation, DeviceId device,
                                     const std::string& reason);
  [[nodiscard]] Result<void> resume(OrganisationId organisation, DeviceId device);
  [[nodiscard]] Result<void> quarantine(OrganisationId organisation, DeviceId device,
                                        const std::string& reason);
  // All its certificates and its secret die.
  [[nodiscard]] Result<void> revoke(OrganisationId organisation, DeviceId device,
                                    const std::string& reason);

  [[nodiscard]] Result<std::vector<vault_ipc::Generation>> generations() const;
  // See vault_ipc::ChangeGeneration. Sessions are re-checked by whoever listens to on_distrusted.
  [[nodiscard]] Result<void> change_generation(const vault_ipc::ChangeGeneration& change);

  // The ledger as the vault signs for it now: C2SP checkpoint text.
  [[nodiscard]] Result<std::string> checkpoint() const;
  // That this certificate is in the ledger: the entry's bytes, its place and the hashes that lead
  // to the checkpoint's root.
  struct InclusionProof {
    vault_ipc::LedgerEntry entry;
    std::vector<crypto::Digest> hashes;
    std::string checkpoint;
  };
  [[nodiscard]] Result<InclusionProof> prove(OrganisationId organisation, DeviceId device,
                                             const crypto::Digest& fingerprint) const;

  // Call whenever admission refused a leaf as forged; and `tick` about once a second.
  void report_forged(const ForgedLeaf& leaf);
  void tick();

  // One listener each; called on the control thread after the new snapshot is published.
  void on_revoked(std::function<void(const Revocation&)> listener);
  void on_forged(std::function<void(const ForgeryAlarm&)> listener);
  // Tickets are to be dropped and every live session held against the snapshot again.
  void on_distrusted(std::function<void(vault_ipc::GenerationId)> listener);

 private:
  class State;
  explicit Identity(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace fastness::identity
