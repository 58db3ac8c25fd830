#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "accounts/account.h"
#include "accounts/erasure/erasure.h"
#include "accounts/erasure/erasure_store.h"
#include "base/result.h"

namespace fastness::accounts {

class Accounts;

// Erases people, each with the organisations that they own: what can be deleted is, and what
// cannot, because it lies in backups or in the tree of the audit trail, loses its key for good.
// What they did in organisations of others is those others', by an id that names nobody any more.
//
// An order is written down first. Whatever fails or dies after that is done again, by `resume`,
// until all of it is done; each step is harmless twice:
//
//   1. sessions and API keys end, which cuts off whoever lives by them
//   2. the rows of the person and the organisation go; the address is free again
//   3. the vault destroys the shares and keeps a tombstone of them, which restores honour;
//      also of those of theirs alone in what they handed over
//   4. devices, things, history and all else that is the organisation's go
//
// Lives on the control thread.
class Erasures {
 public:
  using Done = std::function<void(Result<void>)>;

  // What of others this needs. Each may be called again for what is gone already.
  struct Work {
    // Whether the vault has a tombstone of the organisation's share.
    std::function<Result<bool>(OrganisationId)> is_erased;
    // On return nothing opens any more that was sealed for the organisation, or there as that
    // person's alone.
    std::function<Result<void>(OrganisationId, std::optional<UserId> person)> destroy_share;
    // `done` is called once, on the control thread, when everything of the organisation's is gone.
    std::function<void(OrganisationId, Done done)> remove_belongings;
  };

  // `accounts` must outlive the result, and was opened over `database`, which must too.
  [[nodiscard]] static Result<std::unique_ptr<Erasures>> open(storage::Database& database,
                                                              Accounts& accounts,
                                                              const Clock& clock);
  Erasures(const Erasures&) = delete;
  Erasures& operator=(const Erasures&) = delete;
  ~Erasures() = default;

  // Before anything else is called. What it captures must live until nothing is under way.
  void set_work(Work work) { work_ = std::move(work); }

  // Orders it and carries it out. `told` hears the order for their own organisation with its state,
  // `erased` or, if something failed on the way and is to be tried again, `erasing`; or an error if
  // it could not be written down: then nothing has happened. `permission_denied` while others are
  // in an organisation that they own: they let those go first, or hand it over.
  using Told = std::function<void(Result<Erasure>)>;
  void erase(const User& user, ErasureCause cause, const Told& told);

  // Takes up what is not done, and erases again whom a restored backup brought back. At the start,
  // before anybody is served, and every minute or so. Fails if it cannot be known who was erased;
  // what fails of one erasure is tried again the next time.
  [[nodiscard]] Result<void> resume();
  // The same without asking the vault about everybody: between starts nobody comes back.
  [[nodiscard]] Result<void> retry();

  // The oldest first.
  [[nodiscard]] Result<std::vector<Erasure>> list();

 private:
  Erasures(ErasureStore store, Accounts& accounts, const Clock& clock)
      : store_(std::move(store)), accounts_(accounts), clock_(clock) {}

  [[nodiscard]] Result<std::vector<Erasure>> order(const User& user, ErasureCause cause);
  void carry_on(const Erasure& erasure, const Done& done);
  [[nodiscard]] Result<void> destroy_shares(const Erasure& erasure);
  [[nodiscard]] Result<void> cut_off(const Erasure& erasure);

  ErasureStore store_;
  Accounts& accounts_;
  const Clock& clock_;
  Work work_;
  std::set<OrganisationId> under_way_;
};

}  // namespace fastness::accounts
