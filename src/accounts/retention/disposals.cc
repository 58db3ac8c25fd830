#include "accounts/retention/disposals.h"

#include <array>

#include "storage/migrations.h"

namespace fastness::accounts {
namespace {

constexpr std::array<storage::Migration, 1> kDisposalMigrations{{
    {1, R"sql(
      CREATE TABLE disposal (
        organisation BLOB NOT NULL,
        kind         INTEGER NOT NULL,
        day          INTEGER NOT NULL,
        count        INTEGER NOT NULL,
        PRIMARY KEY (organisation, kind, day)
      ) STRICT, WITHOUT ROWID;
    )sql"},
}};

}  // namespace

std::string_view to_text(DisposalKind kind) {
  switch (kind) {
    case DisposalKind::history_age:
      return "history_age";
    case DisposalKind::history_cap:
      return "history_cap";
    case DisposalKind::session:
      return "session";
    case DisposalKind::claim_code:
      return "claim_code";
    case DisposalKind::access:
      return "access";
  }
  return {};
}

Result<std::unique_ptr<Disposals>> Disposals::open(storage::Database& database,
                                                   const Clock& clock) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "disposal", kDisposalMigrations));
  return std::unique_ptr<Disposals>(new Disposals(database, clock));
}

Result<void> Disposals::note(OrganisationId organisation, DisposalKind kind, std::uint64_t count) {
  if (count == 0) return {};
  const Timestamp today = std::chrono::floor<std::chrono::days>(clock_.now());
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_.begin());
  FASTNESS_RETURN_IF_ERROR(
      database_.run("DELETE FROM disposal WHERE day < ?", today - kRemembered));
  FASTNESS_RETURN_IF_ERROR(database_.run(
      "INSERT INTO disposal (organisation, kind, day, count) VALUES (?, ?, ?, ?)"
      " ON CONFLICT (organisation, kind, day) DO UPDATE SET count = count + excluded.count",
      organisation, kind, today, count));
  return transaction.commit();
}

Result<std::vector<Disposal>> Disposals::list(OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_.query<DisposalKind, Timestamp, std::uint64_t>(
          "SELECT kind, day, count FROM disposal WHERE organisation = ? ORDER BY day DESC, kind",
          organisation)));
  std::vector<Disposal> disposals;
  disposals.reserve(rows.size());
  for (const auto& [kind, day, count] : rows) {
    if (to_text(kind).empty()) return fail(Errc::corrupted, "a disposal is of an unknown kind");
    disposals.push_back({kind, day, count});
  }
  return disposals;
}

Result<void> Disposals::forget(OrganisationId organisation) {
  FASTNESS_RETURN_IF_ERROR(
      database_.run("DELETE FROM disposal WHERE organisation = ?", organisation));
  return {};
}

}  // namespace fastness::accounts
