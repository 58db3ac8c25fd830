#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "storage/database.h"

namespace fastness::accounts {

// An account that the host's owner keeps everybody out of, its person too.
struct Suspension {
  UserId user;
  Timestamp since;
  std::string reason;  // the owner's words, for their own list and the person's export
};

// Which accounts are suspended. Sessions and ApiKeys ask it, so that whatever way somebody comes
// by, there is one answer; Accounts::suspend and Accounts::resume say what else goes with a change.
// On the disk and, because each request asks, in memory. Somebody erased meanwhile has no account.
// Lives on the control thread.
class Suspensions {
 public:
  static constexpr std::size_t kReasonBytes = 300;

  // Brings the table up to date; those of AccountsStore must be there.
  [[nodiscard]] static Result<void> prepare(storage::Database& database);

  // `database` must outlive this, and was prepared.
  explicit Suspensions(storage::Database& database) : database_(database) {}

  [[nodiscard]] Result<void> load();

  [[nodiscard]] bool has(UserId user) const { return suspended_.contains(user); }
  // Null if that account is not suspended.
  [[nodiscard]] const Suspension* find(UserId user) const;
  // `permission_denied` if it is: for who has shown all that a sign-in asks for, and nobody else.
  [[nodiscard]] Result<void> admit(UserId user) const;

  // `invalid_argument` unless the reason is one line of 1 to kReasonBytes, `already_exists` if the
  // account is suspended.
  [[nodiscard]] Result<void> check(const Suspension& suspension) const;
  // Within the transaction that is open; nobody is kept out or let in before `took_effect` and
  // `ended`, which whoever commits calls after it, and which cannot fail. Of what passed `check`.
  Result<void> store(const Suspension& suspension);
  void took_effect(const Suspension& suspension);
  // `not_found` if it is not suspended.
  Result<void> remove(UserId user);
  void ended(UserId user) { suspended_.erase(user); }

 private:
  storage::Database& database_;
  std::map<UserId, Suspension> suspended_;
};

}  // namespace fastness::accounts
