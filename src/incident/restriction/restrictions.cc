#include "incident/restriction/restrictions.h"

#include <array>
#include <cstdint>
#include <utility>

#include "incident/restriction/reason.h"
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

// A level that this version does not know is more than it can do: nobody comes in.
Level to_level(std::int64_t stored) {
  const bool is_known = stored >= 0 && std::cmp_less(stored, all_levels().size());
  return is_known ? static_cast<Level>(stored) : Level::status_only;
}

}  // namespace

Result<std::unique_ptr<Restrictions>> Restrictions::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "incident", kMigrations));
  std::unique_ptr<Restrictions> restrictions(new Restrictions(database));
  FASTNESS_ASSIGN_OR_RETURN(const auto rows,
                            (database.query<std::int64_t, std::string, Timestamp>(
                                "SELECT level, reason, ordered_at FROM incident_restriction"
                                " ORDER BY number DESC LIMIT ?",
                                static_cast<std::int64_t>(kLastOrders))));
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const auto& [level, reason, at] = *row;
    restrictions->put_in_force({to_level(level), at, reason});
  }
  return restrictions;
}

Result<void> Restrictions::order(Level level, std::string_view reason, Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(check_reason(reason, level != Level::normal));
  Restriction ordered{level, at, std::string(reason)};
  if (level < now().level) {
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
  const Level before = now().level;
  orders_.push_front(std::move(ordered));
  if (orders_.size() > kLastOrders) orders_.pop_back();
  level_.store(now().level);
  if (on_order_) on_order_(before, now().level);
}

}  // namespace fastness::incident
