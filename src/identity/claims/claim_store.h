#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "identity/claims/claim.h"
#include "storage/database.h"

namespace fastness::identity {

// The tables of claims: `identity_claim_code`, one row a code, found by a keyed hash, or a claim
// certificate, found by its digest; `identity_claim_hardware`, which devices a certificate is for,
// if that is known; and `identity_claim`, one row for each key that used one. Lives on the
// database's executor, which must outlive it.
class ClaimStore {
 public:
  [[nodiscard]] static Result<ClaimStore> open(storage::Database& database);

  [[nodiscard]] storage::Database& database() { return *database_; }

  // `hash`: the keyed hash of a code, the digest of a claim certificate. `already_exists` if it is
  // there.
  [[nodiscard]] Result<void> add_code(const ClaimCode& code, const crypto::Digest& hash);
  // That the code is for this device; one without any is for all.
  [[nodiscard]] Result<void> add_hardware_id(ClaimCodeId code, const HardwareId& hardware_id);
  // By the keyed hash of the code. Never finds a claim certificate.
  [[nodiscard]] Result<std::optional<ClaimCode>> find_code(const crypto::Digest& hash);
  // By its digest. Never finds a code.
  [[nodiscard]] Result<std::optional<ClaimCode>> find_certificate(const crypto::Digest& leaf);
  // Newest first.
  [[nodiscard]] Result<std::vector<ClaimCode>> codes(OrganisationId organisation, ClaimBy by);
  // Of both kinds.
  [[nodiscard]] Result<std::int64_t> count_codes(OrganisationId organisation);
  // With its claims. Whether there was one of this kind.
  [[nodiscard]] Result<bool> remove_code(OrganisationId organisation, ClaimCodeId code, ClaimBy by);
  // Every code and certificate of the organisation, with their claims.
  [[nodiscard]] Result<void> remove_codes(OrganisationId organisation);
  // Every code that was over before `end`, with its claims. How many of which organisation.
  using Forgotten = std::vector<std::pair<OrganisationId, std::uint64_t>>;
  [[nodiscard]] Result<Forgotten> forget_codes(Timestamp end);
  // The digests of all claim certificates that are not over, and when they are.
  [[nodiscard]] Result<std::map<crypto::Digest, Timestamp>> certificate_ends(Timestamp now);

  // Takes one use of the claim's code and keeps the claim, both or neither, on the disk when it
  // returns. `unauthenticated` if the code has no use left or is gone, whatever the caller read
  // before; `already_exists` if this key or hardware id has used it.
  [[nodiscard]] Result<void> spend(const Claim& claim);
  [[nodiscard]] Result<std::optional<Claim>> find_claim(ClaimId claim);
  [[nodiscard]] Result<std::optional<Claim>> find_claim(ClaimCodeId code,
                                                        const crypto::Digest& key);
  [[nodiscard]] Result<bool> is_used_by(ClaimCodeId code, const std::string& hardware_id);
  [[nodiscard]] Result<bool> has_waiting(ClaimCodeId code);
  // Whether no hardware id was added to the code, or this one was.
  [[nodiscard]] Result<bool> is_meant(ClaimCodeId code, const std::string& hardware_id);
  // Oldest first, at most `limit`, of codes that are not over.
  [[nodiscard]] Result<std::vector<Claim>> waiting(OrganisationId organisation, Timestamp now,
                                                   std::int64_t limit);
  [[nodiscard]] Result<void> set_state(ClaimId claim, ClaimState state);

 private:
  explicit ClaimStore(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::identity
