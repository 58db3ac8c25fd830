#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/public_key/ed25519.h"
#include "vault/authority/generations.h"
#include "vault/budget.h"
#include "vault/store/ledger.h"
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

  [[nodiscard]] Result<vault_ipc::LedgerPage> read_ledger(std::uint64_t first) const;
  [[nodiscard]] std::string sign_checkpoint() const;
  [[nodiscard]] Generations& generations() { return parts_.generations; }

 private:
  [[nodiscard]] Result<vault_ipc::Continuity> decide(
      const vault_ipc::IssueDeviceCertificate& request, const crypto::Digest& new_key) const;
  [[nodiscard]] Result<void> check_clock_and_rate();

  Parts parts_;
  const Clock& clock_;
  Random& random_;
  Budget rate_;
};

}  // namespace fastness::vault
