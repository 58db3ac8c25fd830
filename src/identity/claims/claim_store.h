#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "identity/claims/claim.h"
#include "storage/database.h"

namespace fastness::identity {

// The tables of claims: `identity_claim_code`, one row a code, found by a keyed hash; and
// `identity_claim`, one row for each key that used one. Lives on the database's executor, which
// must outlive it.
class ClaimStore {
 public:
  [[nodiscard]] static Result<ClaimStore> open(storage::Database& database);

  [[nodiscard]] storage::Database& database() { return *database_; }

  [[nodiscard]] Result<void> add_code(const ClaimCode& code, const crypto::Digest& hash);
  // By the keyed hash of the code.
  [[nodiscard]] Result<std::optional<ClaimCode>> find_code(const crypto::Digest& hash);
  // Newest first.
  [[nodiscard]] Result<std::vector<ClaimCode>> codes(OrganisationId organisation);
  [[nodiscard]] Result<std::int64_t> count_codes(OrganisationId organisation);
  // With its claims. Whether there was one.
  [[nodiscard]] Result<bool> remove_code(OrganisationId organisation, ClaimCodeId code);
  // Every code that was over before `end`, with its claims.
  [[nodiscard]] Result<void> forget_codes(Timestamp end);

  // Takes one use of the claim's code and keeps the claim, both or neither, on the disk when it
  // returns. `unauthenticated` if the code has no use left or is gone, whatever the caller read
  // before; `already_exists` if this key or hardware id has used it.
  [[nodiscard]] Result<void> spend(const Claim& claim);
  [[nodiscard]] Result<std::optional<Claim>> find_claim(ClaimId claim);
  [[nodiscard]] Result<std::optional<Claim>> find_claim(ClaimCodeId code,
                                                        const crypto::Digest& key);
  [[nodiscard]] Result<bool> is_used_by(ClaimCodeId code, const std::string& hardware_id);
  [[nodiscard]] Result<bool> has_waiting(ClaimCodeId code);
  // Oldest first, at most `limit`, of codes that are not over.
  [[nodiscard]] Result<std::vector<Claim>> waiting(OrganisationId organisation, Timestamp now,
                                                   std::int64_t limit);
  [[nodiscard]] Result<void> set_state(ClaimId claim, ClaimState state);

 private:
  explicit ClaimStore(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::identity
