#include "storage/migrations.h"

#include <cstdint>
#include <string>

namespace fastness::storage {
namespace {

// FNV-1a: it finds an edited step, and nobody is to be kept from making one on purpose.
std::int64_t fingerprint(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  }
  return static_cast<std::int64_t>(hash);
}

Result<void> check_numbers(std::string_view component, std::span<const Migration> steps) {
  int expected = 1;
  for (const Migration& step : steps) {
    if (step.number == expected++) continue;
    return fail(Errc::invalid_argument,
                "migrations of " + std::string(component) + " are not numbered 1, 2, 3...");
  }
  return {};
}

Result<void> check_applied(Database& database, std::string_view component,
                           std::span<const Migration> steps, std::size_t& applied) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      database.query<std::int64_t>(
          "SELECT fingerprint FROM storage_migration WHERE component = ? ORDER BY number",
          component));
  if (rows.size() > steps.size()) {
    return fail(Errc::unavailable, "the tables of " + std::string(component) +
                                       " were written by a newer release of this program");
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (std::get<0>(rows[i]) == fingerprint(steps[i].sql.text())) continue;
    return fail(Errc::corrupted, "migration " + std::to_string(i + 1) + " of " +
                                     std::string(component) + " is not the one that was applied");
  }
  applied = rows.size();
  return {};
}

Result<void> apply(Database& database, std::string_view component, const Migration& step) {
  FASTNESS_ASSIGN_OR_RETURN(Transaction transaction, database.begin());
  FASTNESS_RETURN_IF_ERROR(database.run_script(step.sql));
  FASTNESS_RETURN_IF_ERROR(database.run("INSERT INTO storage_migration VALUES (?, ?, ?)", component,
                                        step.number, fingerprint(step.sql.text())));
  return transaction.commit();
}

}  // namespace

Result<void> migrate(Database& database, std::string_view component,
                     std::span<const Migration> steps) {
  FASTNESS_RETURN_IF_ERROR(check_numbers(component, steps));
  FASTNESS_RETURN_IF_ERROR(database.run_script(R"(
      CREATE TABLE IF NOT EXISTS storage_migration (
        component TEXT NOT NULL,
        number INTEGER NOT NULL,
        fingerprint INTEGER NOT NULL,
        PRIMARY KEY (component, number)
      ) STRICT, WITHOUT ROWID)"));
  std::size_t applied = 0;
  FASTNESS_RETURN_IF_ERROR(check_applied(database, component, steps, applied));
  for (const Migration& step : steps.subspan(applied)) {
    FASTNESS_RETURN_IF_ERROR(apply(database, component, step));
  }
  return {};
}

}  // namespace fastness::storage
