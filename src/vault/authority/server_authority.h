#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "roots/ceremony.h"
#include "vault/roots/sealed_root.h"
#include "vault/store/key_store.h"
#include "vault/store/sealed_files.h"
#include "vault_ipc/messages/messages.h"
#include "vault_ipc/messages/server_roots.h"

namespace fastness::vault {

// The hierarchy behind the server's own TLS certificates: an active root, which signs only issuing
// authorities; a standby root for the day the active one is lost; and the issuing authority of
// now. Apart from device identity in every key. Lives on one thread.
class ServerAuthority {
 public:
  // Reads what there is or, on a first start, makes it all. All arguments must outlive the object.
  [[nodiscard]] static Result<ServerAuthority> open(const SealedFiles& files, KeyStore& keys,
                                                    const Clock& clock, Random& random);

  // The label of the active root's key.
  static constexpr char kRootLabel[] = "server-root";

  // Whether this vault has the active root's key, or somebody else.
  enum class ActiveRoot : std::uint8_t { in_key_store, elsewhere };
  // Makes the record of an authority that there was on another host. With the active root's key in
  // `keys` it has an issuing authority at once; without it has none before that root was asked for
  // one (`prepare`), and a key that `keys` has in its place was given up and is destroyed. The
  // standby root's is wherever it was carried. `corrupted` if the key is not the root's. All
  // arguments are used during the call only.
  [[nodiscard]] static Result<void> restore(const SealedFiles& files, KeyStore& keys,
                                            const Clock& clock, Random& random,
                                            const vault_ipc::ServerAnchors& anchors,
                                            ActiveRoot root_is);

  [[nodiscard]] vault_ipc::ServerAnchors anchors() const { return anchors_; }

  // A certificate of ninety days for a key that the hub made, to be renewed after sixty. See
  // vault_ipc::IssueServerCertificate for what fails.
  [[nodiscard]] Result<vault_ipc::IssuedServerCertificate> issue(
      const vault_ipc::IssueServerCertificate& request);

  // False only after `restore` without the active root: then nothing can be issued.
  [[nodiscard]] bool has_issuer() const { return !issuer_.empty(); }

  // Makes the issuing authority anew, with a key where keys are made now, and destroys the key of
  // the one before. What was issued stays good: clients trust the roots. `not_found` without the
  // active root.
  [[nodiscard]] Result<void> replace_issuer();
  // What the key store calls the key of the issuing authority, and of the one that a root is asked
  // for, if any is.
  [[nodiscard]] std::string issuer_label() const;
  [[nodiscard]] std::string requested_issuer_label() const;

  // Seals a root's key for keeping elsewhere: on the machine itself, by no request. `not_found` if
  // the vault does not have it (any more), `permission_denied` if a token keeps it.
  [[nodiscard]] Result<SealedRoot> export_standby() const;
  [[nodiscard]] Result<SealedRoot> export_active() const;
  // Destroys the vault's copy, once the exported one is safe. Without the active root the vault
  // asks for a signature when it needs one.
  [[nodiscard]] Result<void> forget_standby();
  [[nodiscard]] Result<void> forget_active();
  // The same for whichever of the two was opened, which shows that its file is good.
  // `invalid_argument` if it is neither.
  [[nodiscard]] Result<void> forget(const OpenedRoot& proof);
  [[nodiscard]] Result<bool> has_standby() const;
  [[nodiscard]] Result<bool> has_active() const;

  // What a root that lies elsewhere is to sign, as PEM. Errors as vault_ipc::PrepareRoots.
  [[nodiscard]] Result<std::string> prepare(roots::Purpose purpose);
  // Takes the question back and destroys the key that it was about; an answer to it comes too late.
  [[nodiscard]] Result<void> withdraw();
  // Takes what came of it. After a switch the root that was given up is out of `anchors`, its key
  // is destroyed, and a new standby root waits to be exported. Errors as vault_ipc::AcceptRoots;
  // after any of them all is as it was.
  [[nodiscard]] Result<void> accept(std::string_view untrusted_answer);

 private:
  ServerAuthority(const SealedFiles& files, KeyStore& keys, const Clock& clock, Random& random)
      : files_(&files), keys_(&keys), clock_(&clock), random_(&random) {}

  struct OpenRequest {
    roots::RootRequest request;
    std::string pem;
  };

  [[nodiscard]] Result<void> load();
  // Writes all of it; then it is so.
  [[nodiscard]] Result<void> save(const vault_ipc::ServerAnchors& anchors, const Bytes& issuer,
                                  std::uint32_t issuer_number);
  [[nodiscard]] Result<roots::RootSet> root_set() const;
  [[nodiscard]] Result<void> make_roots();
  [[nodiscard]] Result<Bytes> make_standby(std::uint32_t number);
  [[nodiscard]] Result<void> make_issuer();
  [[nodiscard]] Result<void> renew_issuer_if_due();
  [[nodiscard]] Result<OpenRequest> read_request() const;
  [[nodiscard]] Result<void> end_what_was_cut_short();

  const SealedFiles* files_;  // pointers, so that the object can be moved; all outlive it
  KeyStore* keys_;
  const Clock* clock_;
  Random* random_;
  vault_ipc::ServerAnchors anchors_;
  Bytes issuer_;                     // certificate, DER; empty for none
  std::uint32_t issuer_number_ = 0;  // names the issuing authority's key
};

}  // namespace fastness::vault
