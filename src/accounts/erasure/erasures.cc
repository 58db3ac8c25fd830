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
  if (*known && (*known)->state == ErasureState::erased) return told(**known);
  std::vector<Erasure> ordered;
  if (*known) {
    ordered.push_back(**known);
  } else {
    auto made = order(user, cause);
    if (!made) return told(propagate(std::move(made)));
    ordered = std::move(made).value();
  }
  // What else they own is not waited for: it is taken up again until it is done.
  for (std::size_t i = 1; i < ordered.size(); ++i) carry_on(ordered[i], [](const auto&) {});
  carry_on(ordered.front(), [this, erasure = ordered.front(), told](const Result<void>&) {
    // However far it came, that is what is on disk.
    auto now = store_.find(erasure.organisation);
    told(now && *now ? **now : erasure);
  });
}

// All of them or none, their own first.
Result<std::vector<Erasure>> Erasures::order(const User& user, ErasureCause cause) {
  const Timestamp now = clock_.now();
  std::vector<Erasure> orders{
      {user.organisation, user.id, cause, ErasureState::erasing, now, std::nullopt}};
  FASTNESS_ASSIGN_OR_RETURN(const auto owned, accounts_.members().owned_by(user.id));
  for (const OrganisationId organisation : owned) {
    FASTNESS_ASSIGN_OR_RETURN(const bool has_others,
                              accounts_.members().has_others(organisation, user.id));
    if (has_others) {
      return fail(Errc::permission_denied, "other people are in an organisation of that person");
    }
    if (organisation == user.organisation) continue;
    orders.push_back({organisation, user.id, cause, ErasureState::erasing, now, std::nullopt});
  }
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  for (const Erasure& each : orders) FASTNESS_RETURN_IF_ERROR(store_.insert(each));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return orders;
}

Result<void> Erasures::destroy_shares(const Erasure& erasure) {
  FASTNESS_RETURN_IF_ERROR(work_.destroy_share(erasure.organisation, erasure.user));
  FASTNESS_RETURN_IF_ERROR(work_.destroy_share(erasure.organisation, std::nullopt));
  Members& members = accounts_.members();
  FASTNESS_ASSIGN_OR_RETURN(const auto homes, members.former_homes(erasure.user));
  for (const OrganisationId home : homes) {
    FASTNESS_RETURN_IF_ERROR(work_.destroy_share(home, erasure.user));
  }
  return members.forget_homes(erasure.user);
}

Result<void> Erasures::cut_off(const Erasure& erasure) {
  FASTNESS_RETURN_IF_ERROR(accounts_.sessions().end_all_of(erasure.user));
  const std::vector<ApiKey> keys = accounts_.api_keys().list(erasure.organisation);
  for (const ApiKey& key : keys) {
    FASTNESS_RETURN_IF_ERROR(accounts_.api_keys().revoke(erasure.organisation, key.client_id));
  }
  FASTNESS_RETURN_IF_ERROR(accounts_.api_keys().revoke_all_of(erasure.user));
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
  if (auto destroyed = destroy_shares(erasure); !destroyed) return end(std::move(destroyed));
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
