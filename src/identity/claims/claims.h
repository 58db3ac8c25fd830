#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/published.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"
#include "identity/claims/claim.h"
#include "identity/claims/claim_certificates.h"
#include "identity/claims/claim_store.h"
#include "identity/detection/lockdown.h"

namespace fastness::identity {

// What a code shall be.
struct ClaimCodeWish {
  OrganisationId organisation;
  UserId by;
  std::string label;
  std::optional<HardwareId> hardware_id;
  std::int64_t most_uses = 1;
  Approval approval = Approval::owner;
  Timestamp expires_at;
};

// What a claim certificate shall be good for.
struct ClaimCertificateWish {
  OrganisationId organisation;
  UserId by;
  std::string label;
  std::string untrusted_pem;
  std::vector<HardwareId> hardware_ids;  // the only ones it is for; empty: any
  std::int64_t most_uses = 1;
  Approval approval = Approval::owner;
  std::optional<Timestamp> expires_at;  // left out: the certificate's own end
};

// A device that shows a code, or a claim certificate. It has proved that it holds the key that it
// asks for, and in the second case, in the TLS handshake, the certificate's too.
struct ClaimAttempt {
  HardwareId hardware_id;
  crypto::Digest key{};
  std::string address;
  std::optional<OrganisationId> organisation;  // the one that it wants to be of, if it says so
};

struct Claimed {
  Claim claim;
  bool is_new = false;  // else the key asked again
};

// Codes by which devices that nobody knows yet become an organisation's: made by a member, printed
// on a label, used up to a count. A use is spent, for one key and for good, before that key gets
// its certificate, so that neither a crash nor two at once make more devices than were allowed; who
// lost the answer asks again with the same key and spends nothing.
//
// A claim certificate is a code of which a device shows a signature and not the secret. It counts,
// ends and waits as a code does.
//
// While enrolment is locked no code is made or used and no claim approved: `unavailable`, and
// nothing is spent.
//
// Codes are stored as keyed hashes. Lives on the control thread.
class Claims {
 public:
  static constexpr std::size_t kMaxCodes = fixed_limit("claims.codes_of_organisation");
  static constexpr std::size_t kMaxAtOnce = fixed_limit("claims.codes_at_once");
  static constexpr std::int64_t kMaxUses = fixed_limit<std::int64_t>("claims.uses");
  static constexpr std::size_t kMaxLabel = fixed_limit("claims.label_bytes");
  static constexpr std::size_t kMaxWaiting = fixed_limit("claims.waiting_shown");
  static constexpr std::chrono::hours kLongestLife{24 * fixed_limit("claims.code_days")};
  // How long a code that is over stays on the list.
  static constexpr std::chrono::hours kRemembered{24 * 30};

  // `hash_key` is for claim codes alone. The others must outlive the object.
  [[nodiscard]] static Result<Claims> open(storage::Database& database, const Clock& clock,
                                           Random& random, const Lockdown& lockdown,
                                           crypto::SecretBytes hash_key);

  // `count` codes, all or none. `invalid_argument`, in words for whoever asked, for a label, a
  // count, or an end that cannot be; `exhausted` past kMaxCodes.
  [[nodiscard]] Result<std::vector<NewClaimCode>> create(const ClaimCodeWish& wish,
                                                         std::size_t count);
  // Newest first.
  [[nodiscard]] Result<std::vector<ClaimCode>> list(OrganisationId organisation);
  // For good, with the claims that wait. Devices that it admitted stay. `not_found`.
  [[nodiscard]] Result<void> remove(OrganisationId organisation, ClaimCodeId code);

  // The organisation is erased: its codes and certificates go with everything that waits. Holders
  // of the certificates shake hands no more from then on.
  [[nodiscard]] Result<void> forget(OrganisationId organisation);
  // Removes codes that were over kRemembered ago, of everybody: how many of which organisation.
  // Every hour or so.
  [[nodiscard]] Result<ClaimStore::Forgotten> forget_old();

  // Which code this is, whether it still admits anybody or not: for the audit trail, and for
  // `claim`. `invalid_argument` if it is none by its spelling.
  [[nodiscard]] Result<std::optional<ClaimCode>> find(std::string_view untrusted_code);

  // Takes a claim certificate: see read_claim_certificate. `invalid_argument`, in words for whoever
  // asked, for what is none and for a label, a count, or an end that cannot be; `already_exists` if
  // it is registered; `exhausted` past kMaxCodes, codes and certificates together.
  [[nodiscard]] Result<ClaimCode> register_certificate(const ClaimCertificateWish& wish);
  // Newest first.
  [[nodiscard]] Result<std::vector<ClaimCode>> certificates(OrganisationId organisation);
  // As `remove`; its holders shake hands no more from then on.
  [[nodiscard]] Result<void> remove_certificate(OrganisationId organisation, ClaimCodeId id);
  // As `find`.
  [[nodiscard]] Result<std::optional<ClaimCode>> find_certificate(const crypto::Digest& leaf);
  // What is registered now; read by any thread.
  [[nodiscard]] const Published<ClaimCertificates>& published_certificates() const {
    return *published_;
  }

  // Spends a use of the code for this key, unless it has one already. The claim is `waiting`,
  // `admitted` or `issued`. In like time and with the same error, `unauthenticated`: no such code,
  // spent, over, for another hardware id, of another organisation. `already_exists`: the code waits
  // with another key, or this hardware id used it with another. `permission_denied`: the owner
  // refused this key. `invalid_argument`: the key is the claim certificate's own.
  [[nodiscard]] Result<Claimed> claim(const std::optional<ClaimCode>& code,
                                      const ClaimAttempt& attempt);
  // The key of the claim has its certificate.
  [[nodiscard]] Result<void> note_issued(ClaimId claim);

  // Oldest first, at most kMaxWaiting.
  [[nodiscard]] Result<std::vector<Claim>> waiting(OrganisationId organisation);
  // Once decided the same decision changes nothing; the other one is `already_exists`, but that a
  // key which has no certificate yet may still be refused. `permission_denied` if the code of a
  // claim to approve is over meanwhile: its device would get nothing.
  [[nodiscard]] Result<Claim> approve(OrganisationId organisation, ClaimId claim);
  [[nodiscard]] Result<Claim> refuse(OrganisationId organisation, ClaimId claim);

 private:
  Claims(ClaimStore store, const Clock& clock, Random& random, const Lockdown& lockdown,
         crypto::SecretBytes hash_key, ClaimCertificates certificates);

  [[nodiscard]] Result<void> check(const ClaimCodeWish& wish, std::size_t count);
  [[nodiscard]] crypto::Digest hash_of(std::span<const std::uint8_t> secret) const;
  [[nodiscard]] Result<Claim> require(OrganisationId organisation, ClaimId claim);
  // What is stored, which is published once the transaction is committed.
  [[nodiscard]] Result<std::shared_ptr<const ClaimCertificates>> read_certificates();

  ClaimStore store_;
  const Clock* clock_;
  Random* random_;
  const Lockdown* lockdown_;
  crypto::SecretBytes hash_key_;
  // A pointer, so that the object can be moved.
  std::unique_ptr<Published<ClaimCertificates>> published_;
};

}  // namespace fastness::identity
