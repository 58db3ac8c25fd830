#include "identity/detection/forgery_store.h"

#include <array>

#include "storage/migrations.h"

namespace fastness::identity {
namespace {

constexpr std::array<storage::Migration, 1> kForgeryMigrations{{
    {1, R"(
CREATE TABLE identity_forgery (
  generation INTEGER PRIMARY KEY,
  uses INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL
);
)"},
}};

}  // namespace

Result<ForgeryStore> ForgeryStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "identity_forgery", kForgeryMigrations));
  return ForgeryStore(database);
}

Result<void> ForgeryStore::add(vault_ipc::GenerationId generation, std::uint64_t count,
                               Timestamp now) {
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO identity_forgery VALUES (?, ?, ?, ?) ON CONFLICT (generation) DO UPDATE"
      " SET uses = uses + excluded.uses, last_at = excluded.last_at",
      generation, count, now, now));
  return {};
}

Result<std::vector<Forgery>> ForgeryStore::all() {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_->query<vault_ipc::GenerationId, std::uint64_t, Timestamp, Timestamp>(
          "SELECT generation, uses, first_at, last_at FROM identity_forgery ORDER BY generation")));
  std::vector<Forgery> forgeries;
  forgeries.reserve(rows.size());
  for (const auto& [generation, count, first, last] : rows) {
    forgeries.push_back({generation, count, first, last});
  }
  return forgeries;
}

}  // namespace fastness::identity
