// The tables of the host's orders: whether they need two people, and who signed which. Only this
// folder uses them.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "accounts/orders/host_order.h"
#include "base/result.h"
#include "storage/database.h"

namespace fastness::accounts {

// Rows in and out, no rules. Lives on the control thread; `database` must outlive it.
class OrderStore {
 public:
  // Brings the tables up to date. The tables of AccountsStore must be there.
  [[nodiscard]] static Result<OrderStore> open(storage::Database& database);

  [[nodiscard]] Result<storage::Transaction> begin() { return database_->begin(); }

  // Since when the guard is on; nothing if it is off.
  [[nodiscard]] Result<std::optional<Timestamp>> guarded_since();
  Result<void> set_guard(Timestamp since);
  Result<void> remove_guard();

  Result<void> insert(OrderId id, const SignedOrder& made);
  // Who signed first, first.
  [[nodiscard]] Result<std::vector<SignedOrder>> signatures(OrderId id);
  [[nodiscard]] Result<std::vector<std::pair<OrderId, SignedOrder>>> signatures_of(UserId user);
  // Those that were made before `time`; how many.
  Result<std::int64_t> remove_before(Timestamp time);

 private:
  explicit OrderStore(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::accounts
