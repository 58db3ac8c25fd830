// The tables of operators and of the access that they were given. Only this folder uses them.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "accounts/staff/access_grant.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "storage/database.h"

namespace fastness::accounts {

// Somebody who may ask to be let into organisations.
struct Operator {
  UserId user;
  Timestamp since;
};

// Which grants; what is left out does not matter.
struct GrantFilter {
  std::optional<GrantId> id = {};
  std::optional<OrganisationId> organisation = {};
  std::optional<UserId> by = {};
  bool are_open = false;  // waiting or live
};

// Rows in and out, no rules. Lives on the control thread; `database` must outlive it.
class StaffStore {
 public:
  // Brings the tables up to date. The tables of AccountsStore must be there.
  [[nodiscard]] static Result<StaffStore> open(storage::Database& database);

  [[nodiscard]] Result<storage::Transaction> begin() { return database_->begin(); }

  // Who came first, first.
  [[nodiscard]] Result<std::vector<Operator>> operators();
  Result<void> insert(const Operator& added);
  // Whether there was one.
  [[nodiscard]] Result<bool> remove_operator(UserId user);

  Result<void> insert(const AccessGrant& grant);
  // State, `until`, and who decided; what was asked for does not change.
  Result<void> update(const AccessGrant& grant);
  // All that fit, the newest first.
  [[nodiscard]] Result<std::vector<AccessGrant>> grants(const GrantFilter& filter = {});
  // Those that were over before `time`; how many of each organisation.
  using Counts = std::vector<std::pair<OrganisationId, std::int64_t>>;
  [[nodiscard]] Result<Counts> remove_before(Timestamp time);

  Result<void> insert(GrantId id, const SignedDeed& deed);
  [[nodiscard]] Result<std::vector<SignedDeed>> deeds(GrantId id);

  [[nodiscard]] Result<std::vector<crypto::Digest>> codes();
  // In place of all that there were.
  Result<void> replace_codes(const std::vector<crypto::Digest>& digests, Timestamp at);

 private:
  explicit StaffStore(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::accounts
