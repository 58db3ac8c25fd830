#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/ocsp/status_answer.h"
#include "crypto/public_key/ed25519.h"
#include "vault/authority/generations.h"
#include "vault/budget.h"
#include "vault/store/ledger.h"
#include "vault_ipc/messages/certificate_status.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault {

// Issues device certificates: checks the request and its continuity, builds the certificate itself,
// writes the ledger, and only then lets the signature out. Lives on one thread.
class DeviceAuthority {
 public:
  struct Parts {
    Generations generations;
    Ledger ledger;
    crypto::Ed25519Key checkpoint_key;
    std::string origin;  // of checkpoints
  };
  // A fleet of a hundred thousand renews within six hours at five a second.
  static constexpr Allowance kDefaultRate{fixed_limit<double>("vault.issued_burst"),
                                          fixed_limit<double>("vault.issued_an_hour")};

  // `clock` and `random` must outlive the object.
  DeviceAuthority(Parts parts, const Clock& clock, Random& random, Allowance rate);

  // See vault_ipc::IssueDeviceCertificate for what fails.
  [[nodiscard]] Result<vault_ipc::IssuedDeviceCertificate> issue(
      const vault_ipc::IssueDeviceCertificate& request);

  // See vault_ipc::TakeBackKeyChange for what fails.
  [[nodiscard]] Result<vault_ipc::IssuedDeviceCertificate> take_back(
      const vault_ipc::TakeBackKeyChange& request);

  [[nodiscard]] Result<vault_ipc::LedgerPage> read_ledger(std::uint64_t first) const;
  // A checkpoint of the ledger for a hub whose copy has this head; see
  // vault_ipc::SignLedgerCheckpoint for what is refused.
  [[nodiscard]] Result<std::string> sign_checkpoint(std::uint64_t size,
                                                    const crypto::Digest& root) const;
  // See vault_ipc::SignRevocationList for what fails; `unavailable` while the clock is behind the
  // ledger, for lists are numbered by it.
  [[nodiscard]] Result<vault_ipc::RevocationList> sign_revocation_list(
      const vault_ipc::SignRevocationList& request) const;
  // See vault_ipc::SignCertificateStatus for what fails.
  [[nodiscard]] Result<vault_ipc::SignedStatus> sign_status(
      const vault_ipc::SignCertificateStatus& request) const;
  [[nodiscard]] Generations& generations() { return parts_.generations; }

 private:
  // What may be certified, once it is decided that it may, and why.
  struct Decided {
    DeviceId device;
    vault_ipc::Profile profile;
    const crypto::PublicKey& key;
    vault_ipc::Continuity continuity;
  };
  [[nodiscard]] Result<vault_ipc::IssuedDeviceCertificate> certify(const Decided& decided);
  [[nodiscard]] std::string sign_head() const;
  [[nodiscard]] Result<vault_ipc::Continuity> decide(
      const vault_ipc::IssueDeviceCertificate& request, const crypto::Digest& new_key) const;
  [[nodiscard]] bool is_owed(DeviceId device, vault_ipc::Continuity continuity) const;
  [[nodiscard]] Result<void> check_clock() const;
  [[nodiscard]] Result<crypto::CertificateStatus> status_of(
      const vault_ipc::SignCertificateStatus::Asked& asked, vault_ipc::GenerationId of) const;
  // One whose signatures are to be believed: `not_found` if there is none, `permission_denied` once
  // it was given up.
  [[nodiscard]] Result<const vault_ipc::Generation*> require_trusted(
      vault_ipc::GenerationId id) const;

  Parts parts_;
  const Clock& clock_;
  Random& random_;
  Budget rate_;
};

}  // namespace fastness::vault
