#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"
#include "identity/claims/claim.h"
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

// A device that shows a code. It has proved that it holds the key.
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

  // Which code this is, whether it still admits anybody or not: for the audit trail, and for
  // `claim`. `invalid_argument` if it is none by its spelling.
  [[nodiscard]] Result<std::optional<ClaimCode>> find(std::string_view untrusted_code);

  // Spends a use of the code for this key, unless it has one already. The claim is `waiting`,
  // `admitted` or `issued`. In like time and with the same error, `unauthenticated`: no such code,
  // spent, over, for another hardware id, of another organisation. `already_exists`: the code waits
  // with another key, or this hardware id used it with another. `permission_denied`: the owner
  // refused this key.
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
         crypto::SecretBytes hash_key);

  [[nodiscard]] Result<void> check(const ClaimCodeWish& wish, std::size_t count);
  [[nodiscard]] crypto::Digest hash_of(std::span<const std::uint8_t> secret) const;
  [[nodiscard]] Result<Claim> require(OrganisationId organisation, ClaimId claim);

  ClaimStore store_;
  const Clock* clock_;
  Random* random_;
  const Lockdown* lockdown_;
  crypto::SecretBytes hash_key_;
};

}  // namespace fastness::identity
