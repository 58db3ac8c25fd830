#include "upkeep/backup_watch.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>

#include "storage/migrations.h"

namespace fastness::upkeep {
namespace {

constexpr std::array<storage::Migration, 1> kMigrations{{
    {1, R"(
CREATE TABLE upkeep_backup (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 0),
  watched_since INTEGER NOT NULL,
  newest_at INTEGER,
  trouble INTEGER,
  first_trouble INTEGER,
  failing_since INTEGER
);
)"},
}};

// One that a newer release wrote is some trouble all the same.
Trouble known(std::int64_t number) {
  const bool is_known = number >= 0 && number <= static_cast<std::int64_t>(Trouble::late);
  return is_known ? static_cast<Trouble>(number) : Trouble::late;
}

// Whether a streak is, by there being a backup for now. One that was made since it began ends it,
// if the word of that was lost; but those that are too many may be there still.
bool is_over(const BackupWatch::Failing& failing, Timestamp newest) {
  switch (failing.latest) {
    case Trouble::directory:
    case Trouble::late:
      return true;
    case Trouble::tidy:
      return false;
    default:
      return newest > failing.streak.since;
  }
}

std::optional<std::int64_t> number_of(std::optional<Trouble> trouble) {
  if (!trouble) return std::nullopt;
  return static_cast<std::int64_t>(*trouble);
}

}  // namespace

Result<std::unique_ptr<BackupWatch>> BackupWatch::open(storage::Database& database,
                                                       std::chrono::hours every,
                                                       const Clock& clock) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "upkeep", kMigrations));
  std::unique_ptr<BackupWatch> watch(new BackupWatch(database, every, clock));
  if (every.count() == 0) {
    FASTNESS_RETURN_IF_ERROR(database.run("DELETE FROM upkeep_backup"));
    return watch;
  }
  FASTNESS_ASSIGN_OR_RETURN(watch->standing_, watch->read());
  if (watch->standing_) return watch;
  const Standing fresh{.watched_since = clock.now()};
  FASTNESS_RETURN_IF_ERROR(watch->write(fresh));
  watch->standing_ = fresh;
  return watch;
}

Result<std::optional<BackupWatch::Standing>> BackupWatch::read() {
  using Number = std::optional<std::int64_t>;
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row, (database_.query_one<Timestamp, std::optional<Timestamp>, Number, Number,
                                           std::optional<Timestamp>>(
                          "SELECT watched_since, newest_at, trouble, first_trouble, failing_since"
                          " FROM upkeep_backup")));
  if (!row) return std::optional<Standing>();
  const auto& [watched_since, newest, trouble, first, since] = *row;
  Standing standing{.watched_since = watched_since, .newest = newest};
  if (trouble && first && since) {
    standing.failing = Failing{{known(*first), *since}, known(*trouble)};
  }
  return std::optional(standing);
}

Result<void> BackupWatch::write(const Standing& standing) {
  std::optional<Trouble> latest;
  std::optional<Trouble> first;
  std::optional<Timestamp> since;
  if (standing.failing) {
    latest = standing.failing->latest;
    first = standing.failing->streak.trouble;
    since = standing.failing->streak.since;
  }
  FASTNESS_RETURN_IF_ERROR(database_.run(
      "INSERT OR REPLACE INTO upkeep_backup VALUES (0, ?, ?, ?, ?, ?)", standing.watched_since,
      standing.newest, number_of(latest), number_of(first), since));
  return {};
}

Result<void> BackupWatch::settle(const Standing& changed) {
  if (changed == *standing_) return {};
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_.begin());
  FASTNESS_RETURN_IF_ERROR(write(changed));
  const std::optional<Failing>& before = standing_->failing;
  if (on_turn_ && !before && changed.failing) {
    FASTNESS_RETURN_IF_ERROR(on_turn_(Turn::began, changed.failing->streak));
  }
  if (on_turn_ && before && !changed.failing) {
    FASTNESS_RETURN_IF_ERROR(on_turn_(Turn::ended, before->streak));
  }
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  standing_ = changed;
  return {};
}

Result<void> BackupWatch::note_made(Timestamp begun) {
  if (!standing_) return {};
  Standing changed = *standing_;
  changed.newest = std::min(begun, clock_.now());
  changed.failing.reset();
  return settle(changed);
}

Result<void> BackupWatch::note_not_due(Timestamp newest) {
  if (!standing_) return {};
  Standing changed = *standing_;
  changed.newest = std::min(newest, clock_.now());
  if (changed.failing && is_over(*changed.failing, newest)) changed.failing.reset();
  return settle(changed);
}

Result<void> BackupWatch::note_failure(Trouble trouble) {
  if (!standing_) return {};
  Standing changed = *standing_;
  if (!changed.failing) changed.failing = Failing{{trouble, clock_.now()}, trouble};
  changed.failing->latest = trouble;
  return settle(changed);
}

Result<void> BackupWatch::tick() {
  if (!standing_ || standing_->failing) return {};
  if (clock_.steady() - opened_ < kChance) return {};
  const Timestamp last =
      std::max(standing_->watched_since, standing_->newest.value_or(standing_->watched_since));
  if (clock_.now() - last < kTurnsUntilLate * every_) return {};
  return note_failure(Trouble::late);
}

}  // namespace fastness::upkeep
