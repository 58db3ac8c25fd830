#include "accounts/erasure/erasure_store.h"

#include <array>
#include <tuple>

#include "storage/migrations.h"

namespace fastness::accounts {
namespace {

constexpr std::array<storage::Migration, 1> kErasureMigrations{{
    {1, R"sql(
      CREATE TABLE erasure (
        organisation BLOB PRIMARY KEY,
        user         BLOB NOT NULL,
        asked_by     INTEGER NOT NULL,
        state        INTEGER NOT NULL,
        begun_at     INTEGER NOT NULL,
        erased_at    INTEGER
      ) STRICT, WITHOUT ROWID;
    )sql"},
}};

using ErasureRow = std::tuple<OrganisationId, UserId, ErasureCause, ErasureState, Timestamp,
                              std::optional<Timestamp>>;

Result<Erasure> to_erasure(const ErasureRow& row) {
  const auto& [organisation, user, cause, state, begun_at, erased_at] = row;
  if (to_text(cause).empty() || to_text(state).empty()) {
    return fail(Errc::corrupted, "an erasure has a state or a cause that nobody knows");
  }
  return Erasure{organisation, user, cause, state, begun_at, erased_at};
}

}  // namespace

Result<ErasureStore> ErasureStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "erasure", kErasureMigrations));
  return ErasureStore(database);
}

Result<void> ErasureStore::insert(const Erasure& erasure) {
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO erasure (organisation, user, asked_by, state, begun_at, erased_at)"
      " VALUES (?, ?, ?, ?, ?, ?)",
      erasure.organisation, erasure.user, erasure.cause, erasure.state, erasure.begun_at,
      erasure.erased_at));
  return {};
}

Result<void> ErasureStore::set_erased(OrganisationId organisation, Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE erasure SET state = ?, erased_at = ? WHERE organisation = ?",
                     ErasureState::erased, at, organisation));
  return {};
}

Result<std::optional<Erasure>> ErasureStore::find(OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      (database_->query_one<OrganisationId, UserId, ErasureCause, ErasureState, Timestamp,
                            std::optional<Timestamp>>(
          "SELECT organisation, user, asked_by, state, begun_at, erased_at FROM erasure"
          " WHERE organisation = ?",
          organisation)));
  if (!row) return std::optional<Erasure>();
  FASTNESS_ASSIGN_OR_RETURN(const Erasure erasure, to_erasure(*row));
  return std::optional(erasure);
}

Result<std::vector<Erasure>> ErasureStore::all() {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_->query<OrganisationId, UserId, ErasureCause, ErasureState, Timestamp,
                        std::optional<Timestamp>>(
          "SELECT organisation, user, asked_by, state, begun_at, erased_at FROM erasure"
          " ORDER BY begun_at, organisation")));
  std::vector<Erasure> erasures;
  erasures.reserve(rows.size());
  for (const ErasureRow& row : rows) {
    FASTNESS_ASSIGN_OR_RETURN(const Erasure erasure, to_erasure(row));
    erasures.push_back(erasure);
  }
  return erasures;
}

Result<std::vector<ErasureStore::Owner>> ErasureStore::owners() {
  FASTNESS_ASSIGN_OR_RETURN(const auto rows, (database_->query<UserId, OrganisationId>(
                                                 "SELECT user, organisation FROM member"
                                                 " WHERE role = 4 ORDER BY user, organisation")));
  std::vector<Owner> owners;
  owners.reserve(rows.size());
  for (const auto& [user, organisation] : rows) owners.emplace_back(user, organisation);
  return owners;
}

Result<void> ErasureStore::remove_account(UserId user, OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  // Sessions, keys, links and places go with their user.
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM user WHERE id = ?", user));
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM organisation WHERE id = ?", organisation));
  return transaction.commit();
}

}  // namespace fastness::accounts
