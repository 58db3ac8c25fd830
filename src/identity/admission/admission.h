// The admission rule: who may connect as a device.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/public_key/p256.h"
#include "crypto/secret/secret_bytes.h"
#include "identity/admission/sharded_map.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::crypto {
class Certificate;
}

namespace fastness::identity {

// Whether a device's identity is good. The numbers are stored.
enum class IdentityState : std::uint8_t {
  active = 1,
  suspended = 2,    // its owner's pause
  quarantined = 3,  // it may have been cloned; nothing it proves by its key counts
  revoked = 4,      // for good, until its owner enrols it anew
};

[[nodiscard]] std::string_view to_text(IdentityState state);

enum class RefusalReason : std::uint8_t {
  malformed,            // not a certificate
  unknown_certificate,  // signed by nobody we know
  forged,               // signed by a key of ours, yet never issued: that key is loose
  not_yet_valid,
  expired,
  generation,       // its generation's state does not allow it
  wrong_signature,  // in the ledger, yet not signed by the generation that the ledger names
  wrong_key,        // its key is not the one pinned for the device
  certificate_revoked,
  device_revoked,
  suspended,
  quarantined,
  in_two_places,  // somebody seems to have a copy of its key, so that proves nothing now
  unknown_device,
  no_secret,  // the device has no secret key
  wrong_secret,
};

[[nodiscard]] std::string_view to_text(RefusalReason reason);

// A certificate that a key of ours signed and the vault never issued.
struct ForgedLeaf {
  crypto::Digest leaf{};
  vault_ipc::GenerationId generation{0};  // whose key is loose
  std::string untrusted_name;             // whom it claims to be
};

struct Refusal {
  RefusalReason reason;
  std::optional<DeviceId> device;    // if the ledger or the registry knows whose it is
  std::optional<ForgedLeaf> forged;  // exactly if `forged`; give it to Identity::report_forged
};

// Certificates that cease to be admitted together, when their generation is given up.
struct CertificateKind {
  vault_ipc::GenerationId generation{0};
  vault_ipc::Profile profile = vault_ipc::Profile::standard;

  friend auto operator<=>(const CertificateKind&,
                          const CertificateKind&) = default;  // NOLINT: clang-tidy 14
};

// "board:2", which names the kind wherever a text is kept.
[[nodiscard]] std::string to_text(const CertificateKind& kind);

struct AdmittedDevice {
  DeviceId device;
  OrganisationId organisation;
  std::optional<crypto::Digest> leaf;   // of its certificate, unless it came with a secret
  std::optional<CertificateKind> kind;  // of the same
};

// Who may renew its certificate, and nothing else: it is let in nowhere by being one. Not an
// AdmittedDevice, and nothing makes one of it.
struct RenewingDevice {
  DeviceId device;
  OrganisationId organisation;
};

// Whether this generation's state admits no certificate of that profile at all.
[[nodiscard]] bool has_lapsed(const vault_ipc::Generation& generation, vault_ipc::Profile profile,
                              Timestamp now);

// The key that a device had before its present one. It lets the device in until then, or until the
// device has come by the present one.
struct FormerKey {
  crypto::Digest key{};
  Timestamp until{};
};

// What the registry says of one device.
struct RegisteredDevice {
  OrganisationId organisation;
  IdentityState state = IdentityState::active;
  std::optional<crypto::Digest> pinned_key;   // SHA-256 of the SubjectPublicKeyInfo
  std::optional<crypto::Digest> secret_hash;  // see SecretHash
  bool renews_itself = false;                 // it has renewed a certificate by its key before
  std::shared_ptr<const FormerKey> former_key = {};  // null for nearly all; snapshots share it
};

// What the ledger says of one certificate, and whether we have taken it back.
struct LedgeredLeaf {
  DeviceId device;
  crypto::Digest key{};
  vault_ipc::GenerationId generation{0};
  vault_ipc::Profile profile = vault_ipc::Profile::standard;
  Timestamp time{};
  Timestamp not_after{};
  bool is_revoked = false;
};

// Device secrets are stored as HMAC-SHA256 under a key of the vault over (device id, secret): fast,
// because stock boards hang up when CONNACK takes over 1.5 s, and safe, because secrets are random
// or strong. Immutable, thread-safe.
class SecretHash {
 public:
  explicit SecretHash(crypto::SecretBytes key) : key_(std::move(key)) {}

  [[nodiscard]] crypto::Digest of(DeviceId device, std::string_view secret) const;

 private:
  crypto::SecretBytes key_;
};

// How long after its end a certificate may still be renewed by the key that it names.
inline constexpr std::chrono::days kRenewalGrace{fixed_limit("renewals.grace_days")};

// Everything that decides on a device's admission, as of one moment. Immutable, thread-safe.
//
// A device is admitted by certificate only if all four hold: (a) the leaf's signature verifies
// under the generation that the ledger names for it, that generation's state allows it, and the
// leaf is in its validity; (b) the leaf is in the ledger; (c) its key is the one pinned for the
// device, or its former key while that still counts; (d) neither it nor the device is revoked,
// suspended or quarantined. Nothing else that a peer sends counts, and no chain is built.
class AdmissionSnapshot {
 public:
  // An issuing key, ready to verify with.
  struct TrustedGeneration {
    vault_ipc::Generation record;
    crypto::PublicKey key;
  };
  using Devices = ShardedMap<DeviceId, RegisteredDevice>;
  using Leaves = ShardedMap<crypto::Digest, LedgeredLeaf, crypto::DigestHash>;
  // Shared by all snapshots between two changes of a generation.
  using TrustedGenerations = std::shared_ptr<const std::vector<TrustedGeneration>>;

  AdmissionSnapshot(TrustedGenerations generations, Devices devices, Leaves leaves,
                    std::shared_ptr<const SecretHash> secret_hash);

  // Whether the holder of this leaf may come in. That it holds the leaf's key, the TLS handshake
  // has proved.
  [[nodiscard]] Result<AdmittedDevice, Refusal> admit_certificate(ByteView untrusted_leaf,
                                                                  Timestamp now) const;

  // The same for a leaf that was admitted in full before: a resumed session, or one that lives.
  [[nodiscard]] Result<AdmittedDevice, Refusal> admit_digest(const crypto::Digest& leaf,
                                                             Timestamp now) const;

  // Whether a TLS handshake with this leaf may end well where devices connect: its holder is
  // admitted, or may renew it. Which of the two, and what follows from it, is asked when the device
  // says what it wants; this alone lets nobody in. The refusal is that of `admit_certificate`.
  [[nodiscard]] Result<DeviceId, Refusal> admit_handshake(ByteView untrusted_leaf,
                                                          Timestamp now) const;

  // The same for a leaf that `admit_handshake` knew before.
  [[nodiscard]] Result<DeviceId, Refusal> admit_resumption(const crypto::Digest& leaf,
                                                           Timestamp now) const;

  // Whether this is a certificate that the vault issued, whatever became of it since: (b), the
  // signature of (a), and no longer past its end than kRenewalGrace. Its holder may ask to renew
  // it, and is let in nowhere by it.
  [[nodiscard]] Result<DeviceId, Refusal> recognise(ByteView untrusted_leaf, Timestamp now) const;

  // Whether the holder of a recognised leaf may renew it. As `admit_digest`, but for two things
  // that its pinned key makes up for: the leaf may be past its end by kRenewalGrace, and its
  // generation may have been given up since. A board that never renewed by itself may not after its
  // cut-off.
  [[nodiscard]] Result<RenewingDevice, Refusal> admit_renewal(const crypto::Digest& leaf,
                                                              Timestamp now) const;

  [[nodiscard]] Result<AdmittedDevice, Refusal> admit_secret(DeviceId device,
                                                             std::string_view untrusted_secret,
                                                             Timestamp now) const;

  [[nodiscard]] const RegisteredDevice* find_device(DeviceId device) const {
    return devices_.find(device);
  }
  [[nodiscard]] const TrustedGeneration* find_generation(vault_ipc::GenerationId id) const;

  // Parts for the next snapshot.
  [[nodiscard]] const Devices& devices() const { return devices_; }
  [[nodiscard]] const Leaves& leaves() const { return leaves_; }
  [[nodiscard]] const TrustedGenerations& generations() const { return generations_; }
  [[nodiscard]] const std::shared_ptr<const SecretHash>& secret_hash() const {
    return secret_hash_;
  }

 private:
  // (b) and the signature and dates of (a), the end moved by `grace`.
  [[nodiscard]] Result<LedgeredLeaf, Refusal> find_issued(ByteView untrusted_leaf,
                                                          const crypto::Digest& digest,
                                                          Timestamp now,
                                                          std::chrono::days grace) const;
  [[nodiscard]] Result<AdmittedDevice, Refusal> admit_leaf(const LedgeredLeaf& leaf,
                                                           const crypto::Digest& digest,
                                                           Timestamp now) const;
  // (c) and (d).
  [[nodiscard]] Result<AdmittedDevice, Refusal> admit_holder(const LedgeredLeaf& leaf,
                                                             const crypto::Digest& digest,
                                                             Timestamp now) const;
  // Whether this is about one of our own authority keys: the authority's certificate, or a link to
  // it. They are public, so whoever shows one has proved nothing.
  [[nodiscard]] bool is_of_authority(const crypto::Certificate& certificate) const;
  [[nodiscard]] Refusal refuse_unknown(ByteView untrusted_leaf, const crypto::Digest& digest) const;

  TrustedGenerations generations_;
  Devices devices_;
  Leaves leaves_;
  std::shared_ptr<const SecretHash> secret_hash_;  // shared by all snapshots
};

}  // namespace fastness::identity
