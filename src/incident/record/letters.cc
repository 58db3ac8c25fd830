#include "incident/record/letters.h"

#include <array>
#include <tuple>

#include "storage/migrations.h"

namespace fastness::incident {
namespace {

constexpr std::array<storage::Migration, 1> kLetterMigrations{{
    {1, R"(
CREATE TABLE incident_letter (
  incident INTEGER NOT NULL REFERENCES incident_record (number),
  user BLOB NOT NULL,
  told_at INTEGER NOT NULL,
  PRIMARY KEY (incident, user)
) STRICT;
)"},
}};

}  // namespace

Result<std::unique_ptr<Letters>> Letters::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "incident_letter", kLetterMigrations));
  return std::unique_ptr<Letters>(new Letters(database));
}

Result<std::set<UserId>> Letters::told(std::int64_t incident) const {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      database_.query<UserId>("SELECT user FROM incident_letter WHERE incident = ?", incident));
  std::set<UserId> users;
  for (const auto& row : rows) users.insert(std::get<0>(row));
  return users;
}

Result<void> Letters::note(std::int64_t incident, UserId user, Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(database_.run(
      "INSERT OR IGNORE INTO incident_letter (incident, user, told_at) VALUES (?, ?, ?)", incident,
      user, at));
  return {};
}

}  // namespace fastness::incident
