#include "upkeep/backup_watch.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>

#include "storage/migrations.h"

namespace fastness::upkeep {
namespace {

constexpr std::array<storage::Migration, 2> kMigrations{{
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
    {2, R"(
CREATE TABLE upkeep_test_restore (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 0),
  watched_since INTEGER NOT NULL,
  passed_at INTEGER,
  trouble INTEGER,
  first_trouble INTEGER,
  failing_since INTEGER
) STRICT;
)"},
}};

// One that a newer release wrote is some trouble all the same.
Trouble known(std::int64_t number) {
  const bool is_known = number >= 0 && number <= static_cast<std::int64_t>(Trouble::untested);
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
    FASTNESS_RETURN_IF_ERROR(database.run("DELETE FROM upkeep_test_restore"));
    return watch;
  }
  for (const Subject subject : {Subject::backups, Subject::tests}) {
    FASTNESS_RETURN_IF_ERROR(watch->begin(subject));
  }
  return watch;
}

Result<void> BackupWatch::begin(Subject subject) {
  FASTNESS_ASSIGN_OR_RETURN(of(subject), read(subject));
  if (of(subject)) return {};
  const Standing fresh{.watched_since = clock_.now()};
  FASTNESS_RETURN_IF_ERROR(write(subject, fresh));
  of(subject) = fresh;
  return {};
}

Result<std::optional<BackupWatch::Standing>> BackupWatch::read(Subject subject) {
  using Number = std::optional<std::int64_t>;
  const storage::Sql sql =
      subject == Subject::backups
          ? storage::Sql(
                "SELECT watched_since, newest_at, trouble, first_trouble, failing_since"
                " FROM upkeep_backup")
          : storage::Sql(
                "SELECT watched_since, passed_at, trouble, first_trouble, failing_since"
                " FROM upkeep_test_restore");
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row, (database_.query_one<Timestamp, std::optional<Timestamp>, Number, Number,
                                           std::optional<Timestamp>>(sql)));
  if (!row) return std::optional<Standing>();
  const auto& [watched_since, newest, trouble, first, since] = *row;
  Standing standing{.watched_since = watched_since, .newest = newest};
  if (trouble && first && since) {
    standing.failing = Failing{{known(*first), *since}, known(*trouble)};
  }
  return std::optional(standing);
}

Result<void> BackupWatch::write(Subject subject, const Standing& standing) {
  std::optional<Trouble> latest;
  std::optional<Trouble> first;
  std::optional<Timestamp> since;
  if (standing.failing) {
    latest = standing.failing->latest;
    first = standing.failing->streak.trouble;
    since = standing.failing->streak.since;
  }
  const storage::Sql sql =
      subject == Subject::backups
          ? storage::Sql("INSERT OR REPLACE INTO upkeep_backup VALUES (0, ?, ?, ?, ?, ?)")
          : storage::Sql("INSERT OR REPLACE INTO upkeep_test_restore VALUES (0, ?, ?, ?, ?, ?)");
  FASTNESS_RETURN_IF_ERROR(database_.run(sql, standing.watched_since, standing.newest,
                                         number_of(latest), number_of(first), since));
  return {};
}

Result<void> BackupWatch::settle(Subject subject, const Standing& changed) {
  if (changed == *of(subject)) return {};
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_.begin());
  FASTNESS_RETURN_IF_ERROR(write(subject, changed));
  const std::optional<Failing>& before = of(subject)->failing;
  if (on_turn_ && !before && changed.failing) {
    FASTNESS_RETURN_IF_ERROR(on_turn_(Turn::began, changed.failing->streak));
  }
  if (on_turn_ && before && !changed.failing) {
    FASTNESS_RETURN_IF_ERROR(on_turn_(Turn::ended, before->streak));
  }
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  of(subject) = changed;
  return {};
}

Result<void> BackupWatch::note_made(Timestamp begun) {
  if (!standing_) return {};
  Standing changed = *standing_;
  changed.newest = std::min(begun, clock_.now());
  changed.failing.reset();
  return settle(Subject::backups, changed);
}

Result<void> BackupWatch::note_not_due(Timestamp newest) {
  if (!standing_) return {};
  Standing changed = *standing_;
  changed.newest = std::min(newest, clock_.now());
  if (changed.failing && is_over(*changed.failing, newest)) changed.failing.reset();
  return settle(Subject::backups, changed);
}

Result<void> BackupWatch::note_failure(Trouble trouble) {
  const Subject subject = is_of_test_restore(trouble) ? Subject::tests : Subject::backups;
  if (!of(subject)) return {};
  Standing changed = *of(subject);
  if (!changed.failing) changed.failing = Failing{{trouble, clock_.now()}, trouble};
  changed.failing->latest = trouble;
  return settle(subject, changed);
}

bool BackupWatch::is_test_due(std::uint64_t bytes) const {
  if (!tests_) return false;
  if (bytes <= kSmall || !tests_->newest || tests_->failing) return true;
  // An hour less, so that a backup of the same time of day is not a moment too early.
  return clock_.now() - *tests_->newest >= kBetweenTests - kChance;
}

Result<void> BackupWatch::note_test_passed() {
  if (!tests_) return {};
  Standing changed = *tests_;
  changed.newest = clock_.now();
  changed.failing.reset();
  return settle(Subject::tests, changed);
}

Result<void> BackupWatch::tick(Subject subject, std::chrono::hours longest, Trouble trouble) {
  const std::optional<Standing>& standing = of(subject);
  if (!standing || standing->failing) return {};
  if (clock_.steady() - opened_ < kChance) return {};
  const Timestamp last =
      std::max(standing->watched_since, standing->newest.value_or(standing->watched_since));
  if (clock_.now() - last < longest) return {};
  return note_failure(trouble);
}

// Without backups there is nothing to try, and that is told already.
Result<void> BackupWatch::tick() {
  FASTNESS_RETURN_IF_ERROR(tick(Subject::backups, kTurnsUntilLate * every_, Trouble::late));
  if (!standing_ || standing_->failing) return {};
  return tick(Subject::tests, kTurnsUntilLate * std::max(every_, kBetweenTests), Trouble::untested);
}

}  // namespace fastness::upkeep
