#include "identity/alarms/alarm_book.h"

#include <array>
#include <tuple>

#include "storage/migrations.h"

namespace fastness::identity {
namespace {

constexpr std::array<storage::Migration, 1> kAlarmMigrations{{
    {1, R"(
CREATE TABLE identity_alarm (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  organisation BLOB NOT NULL,
  subject TEXT NOT NULL,
  response INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  UNIQUE (kind, subject)
);
CREATE TABLE identity_alarm_told (
  alarm INTEGER NOT NULL,
  channel TEXT NOT NULL,
  PRIMARY KEY (alarm, channel)
);
CREATE TABLE identity_alarm_message (
  channel TEXT NOT NULL,
  sent_at INTEGER NOT NULL
);
)"},
}};

}  // namespace

Result<AlarmBook> AlarmBook::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "identity_alarm", kAlarmMigrations));
  return AlarmBook(database);
}

Result<void> AlarmBook::note(const Alarm& alarm, Timestamp now) {
  const auto kind = static_cast<std::int64_t>(alarm.kind);
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  // What was quiet for long, or is of no more interest, makes room for what is seen now.
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "DELETE FROM identity_alarm WHERE last_at < ? OR (kind = ? AND subject = ? AND last_at < ?)",
      now - kRemembered, kind, alarm.subject, now - kQuiet));
  FASTNESS_RETURN_IF_ERROR(
      database_->run("DELETE FROM identity_alarm_told WHERE alarm NOT IN"
                     " (SELECT number FROM identity_alarm)"));
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO identity_alarm (kind, organisation, subject, response, first_at, last_at, uses)"
      " VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT (kind, subject) DO UPDATE SET uses = uses + 1,"
      " last_at = excluded.last_at, response = max(response, excluded.response)",
      kind, alarm.organisation, alarm.subject, static_cast<std::int64_t>(alarm.response), now,
      now));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  ++version_;
  return {};
}

Result<std::vector<NotedAlarm>> AlarmBook::pending(const AlarmChannel& channel,
                                                   std::int64_t limit) {
  const bool is_all = !channel.part;
  const AlarmChannel::Part part = channel.part.value_or(AlarmChannel::Part{nobodys(), {}});
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_->query<std::int64_t, std::int64_t, OrganisationId, std::string, std::int64_t,
                        Timestamp, Timestamp, std::uint64_t>(
          "SELECT number, kind, organisation, subject, response, first_at, last_at, uses"
          " FROM identity_alarm WHERE NOT EXISTS (SELECT 1 FROM identity_alarm_told"
          " WHERE alarm = number AND channel = ?1)"
          " AND (?2 OR (organisation IN (?3, ?4) AND last_at >= ?5))"
          " ORDER BY first_at, number LIMIT ?6",
          channel.name, is_all, part.organisation, nobodys(), part.since, limit)));
  std::vector<NotedAlarm> alarms;
  alarms.reserve(rows.size());
  for (const auto& [number, kind, organisation, subject, response, first, last, count] : rows) {
    alarms.push_back({number,
                      {static_cast<AlarmKind>(kind), organisation, subject,
                       static_cast<AlarmResponse>(response)},
                      first,
                      last,
                      count});
  }
  return alarms;
}

Result<std::int64_t> AlarmBook::messages_since(std::string_view channel, Timestamp since) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      database_->query_one<std::int64_t>(
          "SELECT count(*) FROM identity_alarm_message WHERE channel = ? AND sent_at > ?", channel,
          since));
  return row ? std::get<0>(*row) : 0;
}

Result<void> AlarmBook::mark_told(std::string_view channel, const std::vector<NotedAlarm>& alarms,
                                  Timestamp now) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  for (const NotedAlarm& each : alarms) {
    // One that began anew meanwhile has another number, and is told of itself.
    FASTNESS_RETURN_IF_ERROR(database_->run(
        "INSERT OR IGNORE INTO identity_alarm_told VALUES (?, ?)", each.number, channel));
  }
  FASTNESS_RETURN_IF_ERROR(
      database_->run("DELETE FROM identity_alarm_message WHERE sent_at < ?", now - kQuiet));
  FASTNESS_RETURN_IF_ERROR(
      database_->run("INSERT INTO identity_alarm_message VALUES (?, ?)", channel, now));
  return transaction.commit();
}

}  // namespace fastness::identity
