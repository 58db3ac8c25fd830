#pragma once

#include <set>
#include <vector>

#include "accounts/staff/staff_store.h"
#include "base/fixed_limits.h"

namespace fastness::accounts {

class NewsBook;

// The people who run this server for others, as far as they have accounts here. To be one gives no
// access to anybody's data: it is to be heard when one asks for it (access_grants.h). Only the host
// says who is one. Lives on the control thread.
class Operators {
 public:
  static constexpr std::size_t kMost = fixed_limit("staff.operators");

  // All must outlive this.
  Operators(StaffStore& store, NewsBook& news, const Clock& clock)
      : store_(store), news_(news), clock_(clock) {}

  [[nodiscard]] Result<void> load();

  // Cheap: every request of a session asks it. Somebody erased meanwhile has no sessions.
  [[nodiscard]] bool has(UserId user) const { return users_.contains(user); }
  // Who came first, first.
  [[nodiscard]] Result<std::vector<Operator>> list() { return store_.operators(); }

  // `already_exists`; `exhausted` if there are kMost.
  Result<void> add(UserId user);
  // Within the transaction that is open; whoever commits calls `load`. `not_found`.
  Result<void> remove(UserId user);

 private:
  StaffStore& store_;
  NewsBook& news_;
  const Clock& clock_;
  std::set<UserId> users_;
};

}  // namespace fastness::accounts
