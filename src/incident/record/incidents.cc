#include "incident/record/incidents.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "incident/restriction/reason.h"
#include "storage/migrations.h"

namespace fastness::incident {
namespace {

constexpr std::array<storage::Migration, 1> kRecordMigrations{{
    {1, R"(
CREATE TABLE incident_record (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  opened_at INTEGER NOT NULL,
  aware_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  opened_by TEXT NOT NULL,
  closed_at INTEGER,
  statement TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX incident_record_one_open ON incident_record (closed_at IS NULL)
  WHERE closed_at IS NULL;
CREATE TABLE incident_step (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  incident INTEGER NOT NULL REFERENCES incident_record (number),
  kind INTEGER NOT NULL,
  at INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX incident_step_by_incident ON incident_step (incident, number);
)"},
}};

using RecordRow = std::tuple<std::int64_t, Timestamp, Timestamp, std::string, std::string,
                             std::optional<Timestamp>, std::string>;

Incident to_incident(RecordRow&& row) {
  auto& [number, opened_at, aware_at, reason, opened_by, closed_at, statement] = row;
  return {number,
          opened_at,
          aware_at,
          std::move(reason),
          std::move(opened_by),
          closed_at,
          std::move(statement),
          {}};
}

Result<void> check_line(std::string_view text) {
  if (is_line(text, Incidents::kMaxLine)) return {};
  return fail(Errc::invalid_argument, "this is one line of at most 500 bytes");
}

}  // namespace

Result<std::unique_ptr<Incidents>> Incidents::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "incident_record", kRecordMigrations));
  return std::unique_ptr<Incidents>(new Incidents(database));
}

Result<void> Incidents::check(const Opening& opening, Timestamp now) {
  if (opening.reason.empty()) {
    return fail(Errc::invalid_argument,
                "say what happened: those who are asked later will want to "
                "know");
  }
  FASTNESS_RETURN_IF_ERROR(check_line(opening.reason));
  FASTNESS_RETURN_IF_ERROR(check_line(opening.opened_by));
  if (opening.aware_at && *opening.aware_at > now) {
    return fail(Errc::invalid_argument, "nobody can have known of it later than now");
  }
  return {};
}

Result<Incident> Incidents::begin(const Opening& opening, Timestamp now) {
  FASTNESS_RETURN_IF_ERROR(check(opening, now));
  FASTNESS_ASSIGN_OR_RETURN(const auto open, current());
  if (open) {
    return fail(Errc::already_exists, "incident " + std::to_string(open->number) + " is open");
  }
  FASTNESS_RETURN_IF_ERROR(database_.run(
      "INSERT INTO incident_record (opened_at, aware_at, reason, opened_by) VALUES (?, ?, ?, ?)",
      now, opening.aware_at.value_or(now), opening.reason, opening.opened_by));
  return needed();
}

Result<Incident> Incidents::note(StepKind kind, std::string_view text, Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(check_line(text));
  if (kind == StepKind::note && text.empty()) {
    return fail(Errc::invalid_argument, "a note says something");
  }
  FASTNESS_ASSIGN_OR_RETURN(const Incident open, needed());
  FASTNESS_RETURN_IF_ERROR(
      database_.run("INSERT INTO incident_step (incident, kind, at, text) VALUES (?, ?, ?, ?)",
                    open.number, static_cast<std::int64_t>(kind), at, std::string(text)));
  return needed();
}

Result<Incident> Incidents::close(const std::string& statement, Timestamp at) {
  const bool is_odd =
      std::ranges::any_of(statement, [](char c) { return is_control(c) && c != '\n'; });
  if (statement.empty() || statement.size() > kMaxStatement || is_odd) {
    return fail(Errc::invalid_argument, "a statement is text of at most 8000 bytes");
  }
  FASTNESS_ASSIGN_OR_RETURN(Incident open, needed());
  FASTNESS_RETURN_IF_ERROR(
      database_.run("UPDATE incident_record SET closed_at = ?, statement = ? WHERE number = ?", at,
                    statement, open.number));
  open.closed_at = at;
  open.statement = statement;
  return open;
}

Result<std::optional<Incident>> Incidents::current() const {
  FASTNESS_ASSIGN_OR_RETURN(auto newest, list(1));
  if (newest.empty() || !newest.front().is_open()) return std::optional<Incident>();
  return std::optional(std::move(newest.front()));
}

Result<Incident> Incidents::needed() const {
  FASTNESS_ASSIGN_OR_RETURN(auto open, current());
  if (open) return std::move(*open);
  return fail(Errc::not_found, "no incident is open");
}

Result<std::vector<Incident>> Incidents::list(std::size_t limit) const {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows, (database_.query<std::int64_t, Timestamp, Timestamp, std::string, std::string,
                                  std::optional<Timestamp>, std::string>(
                     "SELECT number, opened_at, aware_at, reason, opened_by, closed_at, statement"
                     " FROM incident_record ORDER BY number DESC LIMIT ?",
                     static_cast<std::uint64_t>(limit))));
  std::vector<Incident> incidents;
  incidents.reserve(rows.size());
  for (RecordRow& row : rows) {
    incidents.push_back(to_incident(std::move(row)));
    FASTNESS_ASSIGN_OR_RETURN(incidents.back().steps, steps_of(incidents.back().number));
  }
  return incidents;
}

Result<std::vector<Step>> Incidents::steps_of(std::int64_t number) const {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      (database_.query<std::int64_t, Timestamp, std::string>(
          "SELECT kind, at, text FROM incident_step WHERE incident = ? ORDER BY number", number)));
  std::vector<Step> steps;
  steps.reserve(rows.size());
  for (auto& [kind, at, text] : rows) {
    // A kind of a later version is a note to this one.
    const bool is_known = kind >= 0 && kind <= static_cast<std::int64_t>(StepKind::letters);
    steps.push_back({is_known ? static_cast<StepKind>(kind) : StepKind::note, at, std::move(text)});
  }
  return steps;
}

}  // namespace fastness::incident
