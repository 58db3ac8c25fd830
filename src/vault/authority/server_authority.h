#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "vault/store/key_store.h"
#include "vault/store/sealed_files.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault {

// The hierarchy behind the server's own TLS certificates: an active root, which signs only issuing
// authorities; a standby root for the day the active one is lost; and the issuing authority of
// now. Apart from device identity in every key. Lives on one thread.
class ServerAuthority {
 public:
  // Reads what there is or, on a first start, makes it all. All arguments must outlive the object.
  [[nodiscard]] static Result<ServerAuthority> open(const SealedFiles& files, KeyStore& keys,
                                                    const Clock& clock, Random& random);

  [[nodiscard]] vault_ipc::ServerAnchors anchors() const { return {active_, standby_}; }

  // A certificate of ninety days for a key that the hub made, to be renewed after sixty. See
  // vault_ipc::IssueServerCertificate for what fails.
  [[nodiscard]] Result<vault_ipc::IssuedServerCertificate> issue(
      const vault_ipc::IssueServerCertificate& request);

  // The standby root's private key, sealed under a code that only this call ever shows.
  struct StandbyExport {
    std::string code;   // eight groups of four letters and digits; 160 bits
    Bytes sealed;       // PKCS#8 under Argon2id of the code
    Bytes certificate;  // DER
  };
  // Seals the key for keeping offline: on the machine itself, by no request. `not_found` if it was
  // forgotten already.
  [[nodiscard]] Result<StandbyExport> export_standby() const;
  // Destroys the vault's copy, once the exported one is safe.
  [[nodiscard]] Result<void> forget_standby();
  [[nodiscard]] Result<bool> has_standby() const;

 private:
  ServerAuthority(const SealedFiles& files, KeyStore& keys, const Clock& clock, Random& random)
      : files_(&files), keys_(&keys), clock_(&clock), random_(&random) {}

  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> make_roots();
  [[nodiscard]] Result<void> make_issuer();
  [[nodiscard]] Result<void> renew_issuer_if_due();
  [[nodiscard]] Result<void> save() const;
  [[nodiscard]] std::string issuer_label() const;
  [[nodiscard]] Bytes random_serial() const;

  const SealedFiles* files_;  // pointers, so that the object can be moved; all outlive it
  KeyStore* keys_;
  const Clock* clock_;
  Random* random_;
  Bytes active_;  // certificates, DER
  Bytes standby_;
  Bytes issuer_;
  std::uint32_t issuer_number_ = 0;  // names the issuing authority's key
};

}  // namespace fastness::vault
