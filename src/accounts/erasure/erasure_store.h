// The table of erasures, and the rows that an erasure removes. Only this folder uses it.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "accounts/erasure/erasure.h"
#include "base/result.h"
#include "storage/database.h"

namespace fastness::accounts {

// Rows in and out, no rules. Lives on the control thread; `database` must outlive it.
class ErasureStore {
 public:
  // Brings the table up to date. The tables of AccountsStore must be there.
  [[nodiscard]] static Result<ErasureStore> open(storage::Database& database);

  [[nodiscard]] Result<storage::Transaction> begin() { return database_->begin(); }

  // `already_exists` if the organisation has one.
  [[nodiscard]] Result<void> insert(const Erasure& erasure);
  [[nodiscard]] Result<void> set_erased(OrganisationId organisation, Timestamp at);
  [[nodiscard]] Result<std::optional<Erasure>> find(OrganisationId organisation);
  // The oldest first.
  [[nodiscard]] Result<std::vector<Erasure>> all();

  // Every organisation with who owns it.
  using Owner = std::pair<UserId, OrganisationId>;
  [[nodiscard]] Result<std::vector<Owner>> owners();
  // The rows of a person and of the organisation, with all that hangs on them, in one transaction.
  // Not an error if they are gone.
  [[nodiscard]] Result<void> remove_account(UserId user, OrganisationId organisation);

 private:
  explicit ErasureStore(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::accounts
