#include "vault/authority/device_authority.h"

#include "crypto/x509/certificate_request.h"
#include "vault/authority/device_profile.h"
#include "vault_ipc/messages/checkpoint.h"

namespace fastness::vault {
namespace {

using vault_ipc::Continuity;

// A clock may be corrected by a little; certificates must not be back-dated by more.
constexpr std::chrono::hours kClockTolerance{1};

// The sixteen bytes that a board keeps. The top bits are fixed so that DER needs neither a leading
// zero nor the removal of one.
Serial random_serial(Random& random) {
  Serial serial{};
  random.fill(serial);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3fU) | 0x40U);
  return serial;
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
  const std::optional<crypto::Digest> old_key = parts_.ledger.key_of(request.device);
  if (!old_key) return Continuity::first;
  if (*old_key == new_key) return Continuity::same_key;
  if (request.proof && old_key_vouches(*request.proof, *old_key,
                                       vault_ipc::continuity_statement(request.device, new_key))) {
    return Continuity::signed_by_old_key;
  }
  return fail(Errc::permission_denied,
              "the device is known with another key, which must sign for the new one");
}

Result<void> DeviceAuthority::check_clock_and_rate() {
  if (clock_.now() + kClockTolerance < parts_.ledger.last_time()) {
    return fail(Errc::unavailable, "the clock is behind the ledger");
  }
  if (!rate_.spend(clock_.steady())) {
    return fail(Errc::exhausted, "too many certificates in a short time");
  }
  return {};
}

Result<vault_ipc::IssuedDeviceCertificate> DeviceAuthority::issue(
    const vault_ipc::IssueDeviceCertificate& request) {
  FASTNESS_ASSIGN_OR_RETURN(const auto parsed,
                            crypto::CertificateRequest::parse_der(request.request));
  const crypto::PublicKey& key = parsed.public_key();
  const crypto::Digest key_digest = key.digest();
  FASTNESS_ASSIGN_OR_RETURN(const Continuity continuity, decide(request, key_digest));
  FASTNESS_RETURN_IF_ERROR(check_clock_and_rate());
  FASTNESS_ASSIGN_OR_RETURN(const vault_ipc::Generation* generation, parts_.generations.issuing());
  FASTNESS_ASSIGN_OR_RETURN(const auto issuer, crypto::PublicKey::from_point(generation->key));
  const Timestamp now = clock_.now();
  FASTNESS_ASSIGN_OR_RETURN(
      const crypto::CertificateBody body,
      device_certificate_body(request.device, request.profile, key, random_serial(random_),
                              begin_of_validity(now), issuer.key_id()));
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, parts_.generations.sign(generation->id, tbs));

  vault_ipc::IssuedDeviceCertificate issued;
  issued.certificate = crypto::assemble_certificate(tbs, signature);
  issued.entry = {parts_.ledger.size(),
                  request.device,
                  crypto::sha256(issued.certificate),
                  key_digest,
                  request.profile,
                  generation->id,
                  now,
                  body.not_after,
                  continuity};
  // Nothing leaves before this is on the disk.
  FASTNESS_RETURN_IF_ERROR(parts_.ledger.append(issued.entry));
  issued.checkpoint = sign_checkpoint();
  return issued;
}

Result<vault_ipc::LedgerPage> DeviceAuthority::read_ledger(std::uint64_t first) const {
  vault_ipc::LedgerPage page;
  page.size = parts_.ledger.size();
  FASTNESS_ASSIGN_OR_RETURN(page.entries,
                            parts_.ledger.read(first, vault_ipc::ReadLedger::kMaxEntries));
  return page;
}

std::string DeviceAuthority::sign_checkpoint() const {
  return vault_ipc::sign_checkpoint({parts_.origin, parts_.ledger.size(), parts_.ledger.root()},
                                    parts_.checkpoint_key);
}

}  // namespace fastness::vault
