// Everything the hub may ask of the vault, and what it gets. Each request is a struct with its
// number on the wire, its reply, and its own encoding; `permitted.h` says when it may be sent.
//
// `encode` appends to a message; `decode` reads foreign bytes and fails with `corrupted`.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/public_key/ed25519.h"
#include "crypto/public_key/p256.h"
#include "crypto/public_key/sealed_box.h"
#include "crypto/secret/secret_bytes.h"
#include "crypto/x509/revocation_list.h"
#include "ledger/entry.h"

namespace fastness::vault_ipc {

// The ledger's words, which these messages are made of.
using ledger::Continuity;
using ledger::GenerationId;
using ledger::LedgerEntry;
using ledger::parse_profile;
using ledger::Profile;
using ledger::to_text;

// The first bytes of every request. The numbers never change their meaning.
enum class Kind : std::uint16_t {
  take_start_keys = 1,
  pepper_password = 2,
  make_organisation_key = 3,
  unwrap_content_key = 4,
  read_share = 5,
  wrap_segment_key = 6,
  unwrap_segment_key = 7,
  issue_device_certificate = 8,
  read_ledger = 9,
  sign_ledger_checkpoint = 10,
  list_generations = 11,
  change_generation = 12,
  issue_server_certificate = 13,
  read_server_anchors = 14,
  sign_audit_checkpoint = 15,
  destroy_share = 16,
  sign_revocation_list = 17,
  read_custody = 24,
  prepare_roots = 45,
  accept_roots = 46,
  sign_certificate_status = 30,
  take_back_key_change = 32,
  begin_backup = 60,
  read_backup_head = 61,
};

// An empty answer: it was done.
struct Done {
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<Done> decode(ByteReader& in);
};

// What the hub needs to run, derived from the root key, handed out once per connection. None of
// them is a key-encryption key or opens anything that was written on an earlier day.
struct StartKeys {
  Uuid instance{Uuid::Bytes{}};
  crypto::SecretBytes database;  // opens the control database
  crypto::SecretBytes config;    // seals what the hub keeps in files of its own
  crypto::SecretBytes api_key;   // the lookup keys: HMAC-SHA256 of a credential under one of
  crypto::SecretBytes session;   // them is what the hub stores
  crypto::SecretBytes device_secret;
  crypto::SecretBytes setup_link;
  crypto::SecretBytes blind_index;
  crypto::SecretBytes csrf;
  crypto::SecretBytes token;           // signs access tokens from now on
  crypto::SecretBytes previous_token;  // signed them in the epoch before
  std::uint32_t token_epoch = 0;       // counts up by one when `token` becomes `previous_token`
  std::string ledger_origin;
  crypto::Ed25519PublicKey ledger_key{};
  std::string audit_origin;
  crypto::Ed25519PublicKey audit_key{};

  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<StartKeys> decode(ByteReader& in);
};

struct TakeStartKeys {
  static constexpr Kind kKind = Kind::take_start_keys;
  using Reply = StartKeys;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<TakeStartKeys> decode(ByteReader& in);
};

struct PepperedPassword {
  crypto::Digest hash{};
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<PepperedPassword> decode(ByteReader& in);
};

// HMAC(pepper, slow hash): the vault never sees a password.
struct PepperPassword {
  static constexpr Kind kKind = Kind::pepper_password;
  using Reply = PepperedPassword;
  crypto::Digest hash{};
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<PepperPassword> decode(ByteReader& in);
};

struct OrganisationKey {
  crypto::SealPublicKey public_key{};
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<OrganisationKey> decode(ByteReader& in);
};

// Makes the organisation's key pair, or names the one it has. `not_found` once its share was
// destroyed.
struct MakeOrganisationKey {
  static constexpr Kind kKind = Kind::make_organisation_key;
  using Reply = OrganisationKey;
  OrganisationId organisation{Uuid({})};
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<MakeOrganisationKey> decode(ByteReader& in);
};

struct UnwrappedKey {
  crypto::SecretBytes key;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<UnwrappedKey> decode(ByteReader& in);
};

// Opens a content key that was sealed to the organisation's public key. `exhausted` when the
// budget of the organisation or of the instance is used up, `not_found` without such an
// organisation, `corrupted` if it was sealed to another key.
struct UnwrapContentKey {
  static constexpr Kind kKind = Kind::unwrap_content_key;
  using Reply = UnwrappedKey;
  OrganisationId organisation{Uuid({})};
  std::uint8_t data_class = 0;  // for the vault's own record of what was read
  Bytes sealed;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<UnwrapContentKey> decode(ByteReader& in);
};

// Whose data a share protects: an organisation's, or one person's in it.
struct ShareOwner {
  OrganisationId organisation{Uuid({})};
  std::optional<UserId> person;

  friend auto operator<=>(const ShareOwner&, const ShareOwner&) = default;  // NOLINT: clang-tidy 14
};

// The random 32 bytes that are mixed into every content key of the owner; made on first use, kept
// outside every backup. `not_found` once destroyed.
struct ReadShare {
  static constexpr Kind kKind = Kind::read_share;
  using Reply = UnwrappedKey;
  ShareOwner owner;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<ReadShare> decode(ByteReader& in);
};

// Destroys the share, and with it everything that was ever sealed for its owner; an organisation's
// key pair goes too. A share that never was is marked as destroyed. Not an error twice.
struct DestroyShare {
  static constexpr Kind kKind = Kind::destroy_share;
  using Reply = Done;
  ShareOwner owner;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<DestroyShare> decode(ByteReader& in);
};

struct WrappedKey {
  Bytes wrapped;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<WrappedKey> decode(ByteReader& in);
};

// Seals the key of a journal segment, which has 32 bytes.
struct WrapSegmentKey {
  static constexpr Kind kKind = Kind::wrap_segment_key;
  using Reply = WrappedKey;
  crypto::SecretBytes key;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<WrapSegmentKey> decode(ByteReader& in);
};

struct UnwrapSegmentKey {
  static constexpr Kind kKind = Kind::unwrap_segment_key;
  using Reply = UnwrappedKey;
  Bytes wrapped;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<UnwrapSegmentKey> decode(ByteReader& in);
};

// Why a device that is known with one key may have a certificate for another.
struct OldKeySignature {
  crypto::PublicKey::Point old_key{};
  crypto::EcdsaSignature signature;  // over continuity_statement()
};
using ContinuityProof = std::optional<OldKeySignature>;

// What the old key signs so that `device` may go on with `new_key` (SHA-256 of its SPKI).
[[nodiscard]] Bytes continuity_statement(DeviceId device, const crypto::Digest& new_key);

struct IssuedDeviceCertificate {
  Bytes certificate;  // DER
  LedgerEntry entry;
  std::string checkpoint;  // signed, and covers the entry
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<IssuedDeviceCertificate> decode(ByteReader& in);
};

// Asks for a certificate over the key of a PKCS#10 request; nothing else in the request counts.
// `invalid_argument` if the request is bad, `permission_denied` if continuity is broken,
// `exhausted` when issuing too fast. On success the ledger has it on disk.
struct IssueDeviceCertificate {
  static constexpr Kind kKind = Kind::issue_device_certificate;
  using Reply = IssuedDeviceCertificate;
  DeviceId device{Uuid({})};
  Profile profile = Profile::standard;
  Bytes request;  // DER
  ContinuityProof proof;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<IssueDeviceCertificate> decode(ByteReader& in);
};

// How long an owner may take a change of a device's key back.
inline constexpr std::chrono::hours kKeyChangeUndo{24};
// How much longer the vault hears of it: what was taken back at the last moment may reach it late.
inline constexpr std::chrono::hours kKeyChangeUndoDelay{24};

// Takes the device's last change of its key back: asks for a certificate over the key before, which
// from then on is the only one that continues. That its owner wants it, the vault takes the hub's
// word for, and therefore only of a change that the old key signed for, within kKeyChangeUndo and
// kKeyChangeUndoDelay of it, back to that very key, and with a word of its own in the ledger. The
// key that was taken back is never the device's again. `not_found` if there is no such change,
// `permission_denied` if the key is not the one before or it is too late, `exhausted` when issuing
// too fast. On success the ledger has it on disk.
struct TakeBackKeyChange {
  static constexpr Kind kKind = Kind::take_back_key_change;
  using Reply = IssuedDeviceCertificate;
  DeviceId device{Uuid({})};
  Profile profile = Profile::standard;
  crypto::PublicKey::Point old_key{};
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<TakeBackKeyChange> decode(ByteReader& in);
};

struct LedgerPage {
  std::vector<LedgerEntry> entries;
  std::uint64_t size = 0;  // of the whole ledger
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<LedgerPage> decode(ByteReader& in);
};

// The entries from `first` on, at most kMaxEntries of them.
struct ReadLedger {
  static constexpr Kind kKind = Kind::read_ledger;
  static constexpr std::size_t kMaxEntries = fixed_limit("vault.ledger_entries");
  using Reply = LedgerPage;
  std::uint64_t first = 0;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<ReadLedger> decode(ByteReader& in);
};

struct SignedCheckpoint {
  std::string text;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<SignedCheckpoint> decode(ByteReader& in);
};

// Signs the ledger as it is now, which is what the hub's copy must be: its size and root are told.
// `permission_denied`, and a violation, if they are not the vault's own. Every entry was signed for
// when it was issued, so a copy that is shorter is older than what was signed, and one that differs
// was changed. An honest hub reads what it lacks before it asks.
struct SignLedgerCheckpoint {
  static constexpr Kind kKind = Kind::sign_ledger_checkpoint;
  using Reply = SignedCheckpoint;
  std::uint64_t size = 0;
  crypto::Digest root{};
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<SignLedgerCheckpoint> decode(ByteReader& in);
};

// A key's life as an issuer of device certificates. The numbers are stored.
enum class GenerationState : std::uint8_t {
  staged = 1,      // the key exists
  trusted = 2,     // the hub knows it
  issuing = 3,     // signs new certificates; one at a time
  retiring = 4,    // signs no more; its certificates are good
  distrusted = 5,  // only boards ledgered before are admitted, until the owner's cut-off
  destroyed = 6,   // the private key is gone; public key and entries stay
};

[[nodiscard]] std::string_view to_text(GenerationState state);

// How long a generation issues before the next one takes over.
inline constexpr std::chrono::days kSigningTime{30};

struct Generation {
  GenerationId id{0};
  crypto::PublicKey::Point key{};
  Bytes certificate;  // DER, self-signed
  GenerationState state = GenerationState::staged;
  Timestamp created_at{};
  Timestamp signs_until{};  // from then on the next generation takes over
  std::optional<Timestamp> distrusted_at;
  std::optional<Timestamp> board_cut_off;
  // Link certificates (RFC 4210, 4.4; RFC 7030, 4.1.3), DER, for whoever knows the neighbour's key
  // only; empty if there is none. They are offered, and no authority of ours: nothing that pins a
  // key may exchange it because of one. Neither vouches for a key that is distrusted.
  Bytes new_with_old;  // this key, signed by the generation before
  Bytes old_with_new;  // this key, signed by the one after, which took over in a routine step

  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<Generation> decode(ByteReader& in);
  friend bool operator==(const Generation&, const Generation&) = default;
};

struct Generations {
  std::vector<Generation> generations;  // in order of their ids
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<Generations> decode(ByteReader& in);
};

struct ListGenerations {
  static constexpr Kind kKind = Kind::list_generations;
  using Reply = Generations;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<ListGenerations> decode(ByteReader& in);
};

// Stages a new generation (no id), or moves one to its next state; the order of states is the only
// one allowed, but `distrusted` may follow any state from `trusted` on. Making one `issuing` makes
// the one before `retiring` and gives that one its OldWithNew; whoever fears for the old key
// distrusts it first, and then none is ever made. With `distrusted`, `board_cut_off` says how long
// its boards may still come in; it may be sent again to move that time. `permission_denied` for any
// other change.
struct ChangeGeneration {
  static constexpr Kind kKind = Kind::change_generation;
  using Reply = Generations;
  std::optional<GenerationId> id;
  GenerationState state = GenerationState::staged;
  std::optional<Timestamp> board_cut_off;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<ChangeGeneration> decode(ByteReader& in);
};

struct RevocationList {
  Bytes list;  // DER
  Timestamp next_update{};
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<RevocationList> decode(ByteReader& in);
};

// Signs the list of a generation's certificates that are revoked (RFC 5280, 5), for third parties:
// whoever is admitted here is looked up, not listed. The vault takes the hub's word for what is
// revoked, and sets the times and the number itself. `invalid_argument` for a serial number that is
// none, `not_found` for a generation that never was, `permission_denied` for one that is
// distrusted, for nothing that its key signs is to be believed.
struct SignRevocationList {
  static constexpr Kind kKind = Kind::sign_revocation_list;
  // Fits both messages.
  static constexpr std::size_t kMaxRevoked = 20'000;
  static constexpr std::size_t kMaxSerial = 20;  // RFC 5280, 4.1.2.2
  using Reply = RevocationList;
  GenerationId generation{0};
  std::vector<crypto::RevokedSerial> revoked;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<SignRevocationList> decode(ByteReader& in);
};

struct IssuedServerCertificate {
  std::vector<Bytes> chain;  // DER: the server's, then the issuing authority's
  Timestamp not_after{};
  Timestamp renew_at{};
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<IssuedServerCertificate> decode(ByteReader& in);
};

// A certificate for the hub's own TLS key, P-256 or RSA. `invalid_argument` for a bad key or name.
struct IssueServerCertificate {
  static constexpr Kind kKind = Kind::issue_server_certificate;
  static constexpr std::size_t kMaxNames = fixed_limit("vault.server_names");
  using Reply = IssuedServerCertificate;
  std::vector<std::string> names;  // DNS names and addresses
  Bytes spki;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<IssueServerCertificate> decode(ByteReader& in);
};

// Signs the head of the hub's audit log. `permission_denied` if it would take entries back: the
// size must not go down, nor the root change without the size.
struct SignAuditCheckpoint {
  static constexpr Kind kKind = Kind::sign_audit_checkpoint;
  using Reply = SignedCheckpoint;
  std::uint64_t size = 0;
  crypto::Digest root{};
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<SignAuditCheckpoint> decode(ByteReader& in);
};

}  // namespace fastness::vault_ipc
