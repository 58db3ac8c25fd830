#include "accounts/reads/read_watch.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "accounts/news/news_book.h"
#include "storage/migrations.h"

namespace fastness::accounts {
namespace {

// Neither an organisation nor a person that is erased leaves a row. A key's is let go of when the
// key is gone, by forget_old: who reads in a session has none.
constexpr std::array<storage::Migration, 1> kReadsMigrations{{
    {1, R"sql(
      CREATE TABLE reading_habit (
        organisation BLOB NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
        user         BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        client_id    TEXT NOT NULL,
        since        INTEGER NOT NULL,
        hour         INTEGER NOT NULL,
        bytes        INTEGER NOT NULL,
        most_today   INTEGER NOT NULL,
        period       INTEGER NOT NULL,
        most         INTEGER NOT NULL,
        most_before  INTEGER NOT NULL,
        told_at      INTEGER,
        PRIMARY KEY (organisation, user, client_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX reading_habit_by_user ON reading_habit (user);
    )sql"},
}};

std::string key_of(const Reader& reader) {
  return reader.organisation.value().to_text() + " " + reader.actor();
}

}  // namespace

std::string Reader::actor() const {
  return client_id.empty() ? "user:" + user.value().to_text() : "api_key:" + client_id;
}

Result<void> ReadWatch::prepare(storage::Database& database) {
  return storage::migrate(database, "reading_habit", kReadsMigrations);
}

void ReadWatch::note(const Reader& reader, std::uint64_t bytes, std::string_view address) {
  Entry& entry = entry_of(reader);
  entry.is_written = false;
  const Timestamp now = clock_.now();
  if (!entry.habit.add(bytes, now)) return;
  const ReadAlarm alarm{reader, std::string(address), entry.habit.bytes, entry.habit.allowed(now)};
  // The trail is told in any case.
  static_cast<void>(write_news(entry, address).has_value());
  for (const OnAlarm& tell : listeners_) tell(alarm);
}

ReadWatch::Entry& ReadWatch::entry_of(const Reader& reader) {
  const std::string key = key_of(reader);
  if (const auto found = entries_.find(key); found != entries_.end()) return found->second;
  if (entries_.size() >= kMostInMemory) {
    // All begin again from the disk. What it did not take is forgotten: memory stays bounded.
    static_cast<void>(write_all().has_value());
    entries_.clear();
  }
  const auto known = stored(reader);
  const ReadingHabit habit = known && *known ? **known : ReadingHabit::starting(clock_.now());
  return entries_.insert_or_assign(key, Entry{reader, habit}).first->second;
}

Result<std::optional<ReadingHabit>> ReadWatch::stored(const Reader& reader) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      (database_.query_one<Timestamp, Timestamp, std::uint64_t, std::uint64_t, Timestamp,
                           std::uint64_t, std::uint64_t, std::optional<Timestamp>>(
          "SELECT since, hour, bytes, most_today, period, most, most_before, told_at"
          " FROM reading_habit WHERE organisation = ? AND user = ? AND client_id = ?",
          reader.organisation, reader.user, reader.client_id)));
  if (!row) return std::optional<ReadingHabit>();
  const auto& [since, hour, bytes, most_today, period, most, most_before, told_at] = *row;
  return std::optional(
      ReadingHabit{since, hour, bytes, most_today, period, most, most_before, told_at});
}

// Nothing of whoever is gone meanwhile.
Result<void> ReadWatch::write(const Entry& entry) {
  const ReadingHabit& habit = entry.habit;
  FASTNESS_RETURN_IF_ERROR(database_.run(
      "INSERT INTO reading_habit SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11"
      " WHERE EXISTS (SELECT 1 FROM organisation WHERE id = ?1)"
      " AND EXISTS (SELECT 1 FROM user WHERE id = ?2)"
      " AND (?3 = '' OR EXISTS (SELECT 1 FROM api_key WHERE client_id = ?3))"
      " ON CONFLICT DO UPDATE SET since = excluded.since, hour = excluded.hour,"
      " bytes = excluded.bytes, most_today = excluded.most_today, period = excluded.period,"
      " most = excluded.most, most_before = excluded.most_before, told_at = excluded.told_at",
      entry.reader.organisation, entry.reader.user, entry.reader.client_id, habit.since, habit.hour,
      habit.bytes, habit.most_today, habit.period, habit.most, habit.most_before, habit.told_at));
  return {};
}

Result<void> ReadWatch::write_news(Entry& entry, std::string_view address) {
  const Reader& reader = entry.reader;
  const NewsKind kind = reader.client_id.empty() ? NewsKind::read_much : NewsKind::key_read_much;
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_.begin());
  FASTNESS_RETURN_IF_ERROR(
      news_.note({kind, reader.user, reader.client_id, Visitor{std::string(address)}}));
  FASTNESS_RETURN_IF_ERROR(write(entry));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  entry.is_written = true;
  return {};
}

Result<void> ReadWatch::tick() {
  return write_before(std::chrono::floor<std::chrono::hours>(clock_.now()));
}

Result<void> ReadWatch::write_all() {
  return write_before(Timestamp::max());
}

Result<void> ReadWatch::write_before(Timestamp hour) {
  std::vector<Entry*> due;
  for (auto& [key, entry] : entries_) {
    if (!entry.is_written && entry.habit.hour < hour) due.push_back(&entry);
  }
  if (due.empty()) return {};
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_.begin());
  for (const Entry* entry : due) FASTNESS_RETURN_IF_ERROR(write(*entry));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  for (Entry* entry : due) entry->is_written = true;
  return {};
}

Result<void> ReadWatch::forget_old() {
  FASTNESS_RETURN_IF_ERROR(
      database_.run("DELETE FROM reading_habit WHERE hour < ? OR (client_id <> ''"
                    " AND client_id NOT IN (SELECT client_id FROM api_key))",
                    clock_.now() - 2 * ReadingHabit::kRemembered));
  return {};
}

}  // namespace fastness::accounts
