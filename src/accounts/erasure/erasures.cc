#include "accounts/erasure/erasures.h"

#include <utility>

#include "accounts/accounts.h"

namespace fastness::accounts {

std::string_view to_text(ErasureCause cause) {
  switch (cause) {
    case ErasureCause::person:
      return "person";
    case ErasureCause::host:
      return "host";
    case ErasureCause::restore:
      return "restore";
  }
  return {};
}

std::string_view to_text(ErasureState state) {
  switch (state) {
    case ErasureState::erasing:
      return "erasing";
    case ErasureState::erased:
      return "erased";
  }
  return {};
}

Result<std::unique_ptr<Erasures>> Erasures::open(storage::Database& database, Accounts& accounts,
                                                 const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(ErasureStore store, ErasureStore::open(database));
  return std::unique_ptr<Erasures>(new Erasures(std::move(store), accounts, clock));
}

void Erasures::erase(const User& user, ErasureCause cause, const Told& told) {
  auto known = store_.find(user.organisation);
  if (!known) return told(propagate(std::move(known)));
  Erasure erasure = known->value_or(Erasure{user.organisation, user.id, cause,
                                            ErasureState::erasing, clock_.now(), std::nullopt});
  if (!*known) {
    if (auto ordered = store_.insert(erasure); !ordered) {
      return told(propagate(std::move(ordered)));
    }
  }
  if (erasure.state == ErasureState::erased) return told(erasure);
  carry_on(erasure, [this, erasure, told](const Result<void>&) {
    // However far it came, that is what is on disk.
    auto now = store_.find(erasure.organisation);
    told(now && *now ? **now : erasure);
  });
}

Result<void> Erasures::cut_off(const Erasure& erasure) {
  FASTNESS_RETURN_IF_ERROR(accounts_.sessions().end_all_of(erasure.user));
  const std::vector<ApiKey> keys = accounts_.api_keys().list(erasure.organisation);
  for (const ApiKey& key : keys) {
    FASTNESS_RETURN_IF_ERROR(accounts_.api_keys().revoke(erasure.organisation, key.client_id));
  }
  FASTNESS_RETURN_IF_ERROR(accounts_.setup_links().end(erasure.user));
  return store_.remove_account(erasure.user, erasure.organisation);
}

void Erasures::carry_on(const Erasure& erasure, const Done& done) {
  if (!under_way_.insert(erasure.organisation).second) return done({});
  const auto end = [this, done, organisation = erasure.organisation](Result<void> result) {
    under_way_.erase(organisation);
    done(std::move(result));
  };
  if (auto cut = cut_off(erasure); !cut) return end(std::move(cut));
  if (auto destroyed = work_.destroy_shares(erasure.organisation, erasure.user); !destroyed) {
    return end(std::move(destroyed));
  }
  work_.remove_belongings(erasure.organisation,
                          [this, end, organisation = erasure.organisation](Result<void> removed) {
                            if (!removed) return end(std::move(removed));
                            end(store_.set_erased(organisation, clock_.now()));
                          });
}

Result<void> Erasures::retry() {
  FASTNESS_ASSIGN_OR_RETURN(const auto erasures, store_.all());
  for (const Erasure& each : erasures) {
    if (each.state == ErasureState::erasing) carry_on(each, [](const Result<void>&) {});
  }
  return {};
}

Result<void> Erasures::resume() {
  FASTNESS_ASSIGN_OR_RETURN(const auto owners, store_.owners());
  for (const auto& [user, organisation] : owners) {
    FASTNESS_ASSIGN_OR_RETURN(const bool is_gone, work_.is_erased(organisation));
    if (!is_gone) continue;
    FASTNESS_ASSIGN_OR_RETURN(const auto known, store_.find(organisation));
    if (known && known->state == ErasureState::erasing) continue;  // below
    const Erasure again{organisation,          user,         ErasureCause::restore,
                        ErasureState::erasing, clock_.now(), std::nullopt};
    if (!known) FASTNESS_RETURN_IF_ERROR(store_.insert(again));
    carry_on(known.value_or(again), [](const Result<void>&) {});
  }
  return retry();
}

Result<std::vector<Erasure>> Erasures::list() {
  return store_.all();
}

}  // namespace fastness::accounts
