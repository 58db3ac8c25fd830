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
#include "identity/alarms/alarm_book.h"
#include "identity/authority/authority.h"
#include "identity/claims/claims.h"
#include "identity/detection/attention.h"
#include "identity/detection/clone_watch.h"
#include "identity/detection/forgery_store.h"
#include "identity/detection/lockdown.h"
#include "identity/detection/policy.h"
#include "identity/detection/refusal_watch.h"
#include "identity/detection/renewal_watch.h"
#include "identity/issued_certificate.h"
#include "identity/key_change.h"
#include "identity/renewal.h"
#include "ledger/note.h"
#include "ledger/proof.h"
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
  std::optional<KeyChange> key_change;  // within kKeyChangeUndo of it
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

// A device that was quarantined by policy, and not by its owner.
struct PolicyQuarantine {
  OrganisationId organisation;
  DeviceId device;
};

// Enrolment was locked by policy, or a person ended that.
struct LockdownEvent {
  enum class Change : std::uint8_t { began, ended } change;
  Locked locked;
};

// One device as a check-up looks at it.
struct ExaminedDevice {
  DeviceStanding standing;
  bool has_secret = false;
  bool secret_was_chosen = false;       // by a person
  bool shares_key = false;              // with another device, of whichever organisation
  std::optional<CloneSuspicion> clone;  // it seems to be in two places
  std::optional<RefusedAttempts> refused;
  std::optional<RenewalFaults> renewal_faults;  // it cannot take the certificates that it is given
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
// Calls that name an organisation fail with `not_found` for another organisation's device. While
// enrolment is locked, what would give anybody an identity, a key or a secret that they did not
// have fails with `unavailable`.
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
    DetectionPolicy policy = {};
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
  // Forgets what the members of an organisation that is erased wrote as reasons.
  [[nodiscard]] Result<void> forget_reasons(OrganisationId organisation);
  [[nodiscard]] Result<DeviceIdentity> describe(OrganisationId organisation, DeviceId device) const;

  // `invalid_argument` for a bad request, `permission_denied` if the device has another key and
  // the proof does not carry it over, or is not active. On success the key is pinned and the
  // certificate admitted.
  [[nodiscard]] Result<IssuedCertificate> enrol(const Enrolment& enrolment);
  // Whether a lockdown keeps this enrolment out: it is for a device without a key, or for another
  // key than the device has. A request that cannot be read is for no key.
  [[nodiscard]] bool is_locked_out(const Enrolment& enrolment) const;
  // Whether the holder of this leaf may renew it now: AdmissionSnapshot::admit_renewal, and nobody
  // seems to have a copy of its key, which then proves nothing.
  [[nodiscard]] Result<RenewingDevice, Refusal> admit_renewal(const crypto::Digest& leaf) const;
  // Another certificate like `leaf`, whose key its holder has proved just now, for the same key.
  // `request` is a PKCS#10 request, DER. The same request within kRenewalRepeat gets the same
  // certificate again. `permission_denied` if admit_renewal says no or the request is for another
  // key, `invalid_argument` for a bad request or one that names another device, `already_exists` if
  // another request renewed this leaf within kRenewalRepeat: two may have the key, and by policy
  // the device is quarantined.
  [[nodiscard]] Result<IssuedCertificate> renew(const crypto::Digest& leaf,
                                                ByteView untrusted_request);
  // Gives the device of `leaf`, whose key its holder has proved just now, another key (RFC 7030,
  // 4.2.2): a certificate like `leaf` for the key of `untrusted_request`, which is a PKCS#10
  // request, DER, signed by that key. The old key signs too, for the vault takes nobody else's
  // word: an ECDSA signature in DER over vault_ipc::continuity_statement. The owner may take it
  // back for kKeyChangeUndo; meanwhile the old key lets the device in until it has come by the new
  // one. The same request gets the same certificate that long.
  //
  // `permission_denied` unless `leaf` lets the device in, is the newest of the pinned key, and
  // nobody seems to have a copy of that; `invalid_argument` for a bad request or one that names
  // another device, a key that the device had before, or a bad signature; `already_exists` within
  // kKeyChangeUndo of an earlier change, and if another request renewed this leaf within
  // kRenewalRepeat: two may have the key, as for `renew`; `unavailable` while enrolment is locked,
  // and while it is not known what became of an earlier change.
  [[nodiscard]] Result<IssuedCertificate> change_key(const crypto::Digest& leaf,
                                                     ByteView untrusted_request,
                                                     ByteView untrusted_signature);
  // Takes the last change of key back: the old key is pinned again, all certificates of the new one
  // are revoked, and the device's sessions end. In force at once, even if the vault cannot be told
  // now: that is tried again by `tick`. `not_found` if there is none within kKeyChangeUndo that can
  // be taken back, `permission_denied` if the device is revoked.
  [[nodiscard]] Result<void> undo_key_change(OrganisationId organisation, DeviceId device);
  // Call whenever a device has connected by a certificate: its first by a new key retires the
  // former one.
  void note_connected(DeviceId device, const crypto::Digest& leaf);
  // `not_found` for a leaf that admit_renewal would not know.
  [[nodiscard]] Result<RenewalWindow> renewal_window(const crypto::Digest& leaf) const;
  // Newest first.
  [[nodiscard]] Result<std::vector<CertificateRecord>> certificates(OrganisationId organisation,
                                                                    DeviceId device) const;
  // Whether the device needs a person because of its certificate; see attention_for.
  [[nodiscard]] Result<std::optional<CertificateAttention>> certificate_attention(
      OrganisationId organisation, DeviceId device) const;
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

  // The codes by which devices become an organisation's.
  [[nodiscard]] Claims& claims();

  // The authority that signs the devices' certificates, as the owner of the host moves it.
  [[nodiscard]] Authority& authority();
  [[nodiscard]] Result<std::vector<vault_ipc::Generation>> generations() const;
  // One step of a generation, published at once: see vault_ipc::ChangeGeneration. Which step is for
  // the authority to say.
  [[nodiscard]] Result<void> change_generation(const vault_ipc::ChangeGeneration& change);

  // Whose signature the ledger's checkpoints carry.
  [[nodiscard]] const ledger::VerifierKey& ledger_key() const;
  // The ledger as the vault signs for it now: C2SP checkpoint text.
  [[nodiscard]] Result<std::string> checkpoint() const;
  // That this certificate is in the ledger, up to a checkpoint signed now.
  [[nodiscard]] Result<ledger::InclusionProof> prove(OrganisationId organisation, DeviceId device,
                                                     const crypto::Digest& fingerprint) const;
  // That the ledger, up to a checkpoint signed now, only adds to its first `from` entries.
  // `invalid_argument` if it never had so many.
  [[nodiscard]] Result<ledger::ConsistencyProof> prove_consistency(std::uint64_t from) const;
  // Whether the ledger was once as this checkpoint says: `corrupted` if it never was.
  [[nodiscard]] Result<void> check(const ledger::Checkpoint& older) const;

  // The certificates of a generation that are revoked, signed, for third parties (RFC 5280, 5).
  // `not_found` for no generation, `permission_denied` for a distrusted one, `exhausted` if more
  // are revoked than one list holds.
  [[nodiscard]] Result<vault_ipc::RevocationList> revocation_list(
      vault_ipc::GenerationId generation) const;

  // What is so of the certificates that a third party asks about (OCSP, RFC 6960): the DER of an
  // answer, or of a refusal if nothing can be said. Nobody is told `good` of a certificate that the
  // ledger does not name.
  [[nodiscard]] Bytes certificate_status(ByteView untrusted_request) const;

  // Call whenever admission refused a leaf as forged; and `tick` about once a second, the first
  // time before anybody is served.
  void report_forged(const ForgedLeaf& leaf);
  void tick();

  // Call whenever admission refused anybody for a reason that RefusalWatch counts.
  void report_refused(const Refusal& refusal);
  // To be told of every connection of a device.
  [[nodiscard]] CloneWatch& clones();
  // To be told when a device cannot take the certificate that it was given.
  [[nodiscard]] RenewalWatch& renewal_faults();
  // Every device of the organisation, with what was seen of it.
  [[nodiscard]] Result<std::vector<ExaminedDevice>> examine(OrganisationId organisation) const;
  // What was forged since this instance was made.
  [[nodiscard]] Result<std::vector<Forgery>> forgeries() const;

  // What people are told of wherever they are. What others saw is noted here; forgeries and second
  // renewals are there already.
  void note_alarm(const Alarm& alarm);
  [[nodiscard]] AlarmBook& alarms();

  // Whether enrolment is locked, since when and by the loose key of which generation.
  [[nodiscard]] const std::optional<Locked>& lockdown() const;
  // The host's owner ends it. `not_found` if nothing is locked. The next use of a key that is loose
  // and not given up locks it again.
  [[nodiscard]] Result<Locked> unlock();

  // One listener each; called on the control thread after the new snapshot is published.
  void on_revoked(std::function<void(const Revocation&)> listener);
  void on_forged(std::function<void(const ForgeryAlarm&)> listener);
  void on_quarantined(std::function<void(const PolicyQuarantine&)> listener);
  void on_lockdown(std::function<void(const LockdownEvent&)> listener);
  void on_key_retired(std::function<void(const RetiredKey&)> listener);
  // Certificates of this kind are admitted no more: their generation was distrusted, or its boards'
  // cut-off has come. Tickets are to be dropped, and sessions that came in by one are to end.
  void on_lapsed(std::function<void(const CertificateKind&)> listener);

 private:
  class State;
  explicit Identity(std::unique_ptr<State> state);

  // Does what the policy wants done about it, and says what was done.
  AlarmResponse respond(const ForgeryAlarm& alarm);
  void note_second_renewal(const RenewingDevice& device);
  // Whether the holder of this leaf may have another key now, after the last change.
  [[nodiscard]] Result<void> check_may_change_key(const RenewingDevice& holder,
                                                  const crypto::Digest& leaf,
                                                  const std::optional<KeyChange>& last);
  // Goes on with each change of key that is not over.
  void tend_key_changes();

  std::unique_ptr<State> state_;
  std::unique_ptr<Authority> authority_;
  std::unique_ptr<Claims> claims_;
};

}  // namespace fastness::identity
