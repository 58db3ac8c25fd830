#include "incident/restrictions.h"

#include <array>
#include <cstdint>
#include <utility>

#include "incident/reason.h"
#include "storage/migrations.h"

namespace fastness::incident {
namespace {

// One row for each order that ever was, for whoever asks later what happened when.
constexpr std::array<storage::Migration, 1> kMigrations{{
    {1, R"(
CREATE TABLE incident_restriction (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  level INTEGER NOT NULL,
  reason TEXT NOT NULL,
  ordered_at INTEGER NOT NULL
);
)"},
}};

}  // namespace

Result<std::unique_ptr<Restrictions>> Restrictions::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "incident", kMigrations));
  std::unique_ptr<Restrictions> restrictions(new Restrictions(database));
  FASTNESS_ASSIGN_OR_RETURN(const auto row,
                            (database.query_one<std::int64_t, std::string, Timestamp>(
                                "SELECT level, reason, ordered_at FROM incident_restriction"
                                " ORDER BY number DESC LIMIT 1")));
  if (!row) return restrictions;
  const auto& [level, reason, at] = *row;
  // A level that this version does not know is more than it can do: nobody comes in.
  const bool is_known = level >= 0 && std::cmp_less(level, all_levels().size());
  restrictions->put_in_force(
      {is_known ? static_cast<Level>(level) : Level::status_only, at, reason});
  return restrictions;
}

Result<void> Restrictions::order(Level level, std::string_view reason, Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(check_reason(reason, level != Level::normal));
  Restriction ordered{level, at, std::string(reason)};
  if (level < now_.level) {
    FASTNESS_RETURN_IF_ERROR(write(ordered));
    put_in_force(std::move(ordered));
    return {};
  }
  put_in_force(ordered);
  return write(ordered);
}

Result<void> Restrictions::write(const Restriction& ordered) {
  FASTNESS_RETURN_IF_ERROR(
      database_.run("INSERT INTO incident_restriction (level, reason, ordered_at) VALUES (?, ?, ?)",
                    static_cast<std::int64_t>(ordered.level), ordered.reason, ordered.since));
  return {};
}

void Restrictions::put_in_force(Restriction ordered) {
  const Level before = now_.level;
  now_ = std::move(ordered);
  level_.store(now_.level);
  if (on_order_) on_order_(before, now_.level);
}

}  // namespace fastness::incident
