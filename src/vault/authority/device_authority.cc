#include "vault/authority/device_authority.h"

#include <algorithm>

#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_request.h"
#include "ledger/checkpoint.h"
#include "vault/authority/device_profile.h"
#include "vault/authority/link_certificates.h"

namespace fastness::vault {
namespace {

using vault_ipc::Continuity;

// A clock may be corrected by a little; certificates must not be back-dated by more.
constexpr std::chrono::hours kClockTolerance{1};

// Whoever reads a list of revocations asks for the next one before then.
constexpr std::chrono::hours kRevocationListLife{7 * 24};

// How long a third party may keep what it was told of one certificate.
constexpr std::chrono::hours kStatusLife{1};

bool is_serial(const Bytes& serial) {
  return !serial.empty() && serial.size() <= vault_ipc::SignRevocationList::kMaxSerial;
}

bool old_key_vouches(const vault_ipc::OldKeySignature& proof, const crypto::Digest& old_key,
                     ByteView statement) {
  const auto key = crypto::PublicKey::from_point(proof.old_key);
  return key && key->digest() == old_key && key->verify(statement, proof.signature);
}

}  // namespace

DeviceAuthority::DeviceAuthority(Parts parts, const Clock& clock, Random& random, Allowance rate)
    : parts_(std::move(parts)), clock_(clock), random_(random), rate_(rate, clock.steady()) {}

Result<Continuity> DeviceAuthority::decide(const vault_ipc::IssueDeviceCertificate& request,
                                           const crypto::Digest& new_key) const {
  const auto newest = parts_.ledger.newest_of(request.device);
  if (!newest) return Continuity::first;
  if (newest->key == new_key) return Continuity::same_key;
  if (parts_.ledger.was_taken_back(request.device, new_key)) {
    return fail(Errc::permission_denied, "the device's owner took the change to this key back");
  }
  if (request.proof && old_key_vouches(*request.proof, newest->key,
                                       vault_ipc::continuity_statement(request.device, new_key))) {
    return Continuity::signed_by_old_key;
  }
  return fail(Errc::permission_denied,
              "the device is known with another key, which must sign for the new one");
}

// When a generation is given up, its whole fleet comes at once, and nobody may be kept waiting. To
// give each device, for the key it had, one certificate in place of the one that it lost adds
// nothing to what is admitted, so that it needs no bound.
bool DeviceAuthority::is_owed(DeviceId device, Continuity continuity) const {
  const auto newest = parts_.ledger.newest_of(device);
  if (!newest || continuity != Continuity::same_key) return false;
  const auto& list = parts_.generations.all();
  const auto generation = std::ranges::find(list, newest->generation, &vault_ipc::Generation::id);
  return generation != list.end() && generation->distrusted_at.has_value();
}

Result<void> DeviceAuthority::check_clock() const {
  if (clock_.now() + kClockTolerance < parts_.ledger.last_time()) {
    return fail(Errc::unavailable, "the clock is behind the ledger");
  }
  return {};
}

Result<vault_ipc::IssuedDeviceCertificate> DeviceAuthority::issue(
    const vault_ipc::IssueDeviceCertificate& request) {
  FASTNESS_ASSIGN_OR_RETURN(const auto parsed,
                            crypto::CertificateRequest::parse_der(request.request));
  const crypto::PublicKey& key = parsed.public_key();
  FASTNESS_ASSIGN_OR_RETURN(const Continuity continuity, decide(request, key.digest()));
  return certify({request.device, request.profile, key, continuity});
}

Result<vault_ipc::IssuedDeviceCertificate> DeviceAuthority::take_back(
    const vault_ipc::TakeBackKeyChange& request) {
  const auto change = parts_.ledger.key_change_of(request.device);
  if (!change) return fail(Errc::not_found, "the device has no key change to take back");
  const auto key = crypto::PublicKey::from_point(request.old_key);
  if (!key || key->digest() != change->old_key) {
    return fail(Errc::permission_denied, "the device had another key before");
  }
  constexpr auto kTime = vault_ipc::kKeyChangeUndo + vault_ipc::kKeyChangeUndoDelay;
  if (clock_.now() >= change->at + kTime) {
    return fail(Errc::permission_denied, "the key change is too long ago to be taken back");
  }
  return certify({request.device, request.profile, *key, Continuity::taken_back});
}

Result<vault_ipc::IssuedDeviceCertificate> DeviceAuthority::certify(const Decided& decided) {
  FASTNESS_RETURN_IF_ERROR(check_clock());
  if (!is_owed(decided.device, decided.continuity) && !rate_.spend(clock_.steady())) {
    return fail(Errc::exhausted, "too many certificates in a short time");
  }
  FASTNESS_ASSIGN_OR_RETURN(const vault_ipc::Generation* generation, parts_.generations.issuing());
  FASTNESS_ASSIGN_OR_RETURN(const auto issuer, crypto::PublicKey::from_point(generation->key));
  const Timestamp now = clock_.now();
  FASTNESS_ASSIGN_OR_RETURN(
      const crypto::CertificateBody body,
      device_certificate_body(decided.device, decided.profile, decided.key, random_serial(random_),
                              begin_of_validity(now), issuer.key_id()));
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, parts_.generations.sign(generation->id, tbs));

  vault_ipc::IssuedDeviceCertificate issued;
  issued.certificate = crypto::assemble_certificate(tbs, signature);
  issued.entry = {parts_.ledger.size(),
                  decided.device,
                  crypto::sha256(issued.certificate),
                  decided.key.digest(),
                  decided.profile,
                  generation->id,
                  now,
                  body.not_after,
                  decided.continuity};
  // Nothing leaves before this is on the disk.
  FASTNESS_RETURN_IF_ERROR(parts_.ledger.append(issued.entry));
  issued.checkpoint = sign_head();
  return issued;
}

Result<const vault_ipc::Generation*> DeviceAuthority::require_trusted(
    vault_ipc::GenerationId id) const {
  const auto& list = parts_.generations.all();
  const auto generation = std::ranges::find(list, id, &vault_ipc::Generation::id);
  if (generation == list.end()) return fail(Errc::not_found, "no such generation");
  if (is_distrusted(*generation)) {
    return fail(Errc::permission_denied, "nothing that a distrusted key signs is to be believed");
  }
  return &*generation;
}

Result<vault_ipc::RevocationList> DeviceAuthority::sign_revocation_list(
    const vault_ipc::SignRevocationList& request) const {
  FASTNESS_RETURN_IF_ERROR(check_clock());
  FASTNESS_ASSIGN_OR_RETURN(const vault_ipc::Generation* generation,
                            require_trusted(request.generation));
  if (!std::ranges::all_of(request.revoked, is_serial, &crypto::RevokedSerial::serial)) {
    return fail(Errc::invalid_argument, "a serial number has one to twenty bytes");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto issuer, crypto::PublicKey::from_point(generation->key));
  const Timestamp now = clock_.now();
  crypto::RevocationListBody body;
  body.issuer = device_issuer_name();
  body.key_id = to_bytes(issuer.key_id());
  body.this_update = now;
  body.next_update = now + kRevocationListLife;
  body.number = static_cast<std::uint64_t>(now.time_since_epoch().count());
  body.revoked = request.revoked;
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, parts_.generations.sign(generation->id, tbs));
  return vault_ipc::RevocationList{crypto::assemble_certificate(tbs, signature), body.next_update};
}

// What the hub says of a certificate counts only once it has shown that the certificate was issued.
Result<crypto::CertificateStatus> DeviceAuthority::status_of(
    const vault_ipc::SignCertificateStatus::Asked& asked, vault_ipc::GenerationId of) const {
  using Kind = crypto::CertificateStatus::Kind;
  if (!is_serial(asked.serial)) {
    return fail(Errc::invalid_argument, "a serial number has one to twenty bytes");
  }
  if (!asked.issued) return crypto::CertificateStatus{.serial = asked.serial};
  const auto certificate = crypto::Certificate::parse(asked.issued->certificate);
  FASTNESS_ASSIGN_OR_RETURN(const auto entries, parts_.ledger.read(asked.issued->ledger_index, 1));
  const bool is_issued =
      certificate && !entries.empty() && entries.front().leaf == certificate->digest() &&
      entries.front().generation == of && std::ranges::equal(certificate->serial(), asked.serial);
  if (!is_issued) {
    return fail(Errc::permission_denied, "the ledger does not name this certificate");
  }
  const auto& revocation = asked.issued->revocation;
  if (!revocation) return crypto::CertificateStatus{.serial = asked.serial, .kind = Kind::good};
  return crypto::CertificateStatus{
      .serial = asked.serial,
      .kind = Kind::revoked,
      .revoked_at = revocation->at,
      .reason = revocation->reason,
  };
}

Result<vault_ipc::SignedStatus> DeviceAuthority::sign_status(
    const vault_ipc::SignCertificateStatus& request) const {
  FASTNESS_RETURN_IF_ERROR(check_clock());
  FASTNESS_ASSIGN_OR_RETURN(const vault_ipc::Generation* generation,
                            require_trusted(request.generation));
  crypto::StatusAnswerBody body;
  body.issuer = crypto::issuer_id(request.named_by, device_issuer_name(), generation->key);
  body.signer = generation->key;
  body.produced_at = clock_.now();
  body.next_update = body.produced_at + kStatusLife;
  for (const auto& asked : request.asked) {
    FASTNESS_ASSIGN_OR_RETURN(auto status, status_of(asked, generation->id));
    body.statuses.push_back(std::move(status));
  }
  body.nonce = request.nonce;
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, parts_.generations.sign(generation->id, tbs));
  return vault_ipc::SignedStatus{crypto::assemble_status_answer(tbs, signature)};
}

Result<vault_ipc::LedgerPage> DeviceAuthority::read_ledger(std::uint64_t first) const {
  vault_ipc::LedgerPage page;
  page.size = parts_.ledger.size();
  FASTNESS_ASSIGN_OR_RETURN(page.entries,
                            parts_.ledger.read(first, vault_ipc::ReadLedger::kMaxEntries));
  return page;
}

std::string DeviceAuthority::sign_head() const {
  return ledger::sign_checkpoint({parts_.origin, parts_.ledger.size(), parts_.ledger.root()},
                                 parts_.checkpoint_key);
}

Result<std::string> DeviceAuthority::sign_checkpoint(std::uint64_t size,
                                                     const crypto::Digest& root) const {
  if (size < parts_.ledger.size()) {
    return fail(Errc::permission_denied, "the copy of the ledger is older than what was signed");
  }
  if (size > parts_.ledger.size() || root != parts_.ledger.root()) {
    return fail(Errc::permission_denied, "the copy of the ledger has entries that nobody issued");
  }
  return sign_head();
}

}  // namespace fastness::vault
