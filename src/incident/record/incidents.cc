#include "incident/record/incidents.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/text_line.h"
#include "incident/restriction/reason.h"
#include "storage/migrations.h"

namespace fastness::incident {
namespace {

constexpr std::array<storage::Migration, 2> kRecordMigrations{{
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
    // What everybody read from when on; empty: nothing any more.
    {2, R"(
CREATE TABLE incident_statement (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  incident INTEGER NOT NULL REFERENCES incident_record (number),
  at INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX incident_statement_by_incident ON incident_statement (incident, number);
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

Result<void> check_statement(std::string_view text) {
  const bool is_odd = std::ranges::any_of(text, [](char c) { return is_control(c) && c != '\n'; });
  if (!text.empty() && text.size() <= Incidents::kMaxStatement && !is_odd) return {};
  return fail(Errc::invalid_argument, "a statement is text of at most 8000 bytes");
}

// Whether a reader would see something else than was written: marks that turn the direction of what
// follows (Unicode, UAX 9), in UTF-8.
bool turns_direction(std::string_view text) {
  for (std::size_t i = text.find("\xE2\x80"); i != std::string_view::npos;
       i = text.find("\xE2\x80", i + 1)) {
    if (i + 2 < text.size() && text[i + 2] >= '\xAA' && text[i + 2] <= '\xAE') return true;
  }
  for (std::size_t i = text.find("\xE2\x81"); i != std::string_view::npos;
       i = text.find("\xE2\x81", i + 1)) {
    if (i + 2 < text.size() && text[i + 2] >= '\xA6' && text[i + 2] <= '\xA9') return true;
  }
  return false;
}

Result<void> check_line(std::string_view text) {
  if (is_line(text, Incidents::kMaxLine)) return {};
  return fail(Errc::invalid_argument, "this is one line of at most 500 bytes");
}

}  // namespace

Result<std::unique_ptr<Incidents>> Incidents::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "incident_record", kRecordMigrations));
  std::unique_ptr<Incidents> incidents(new Incidents(database));
  FASTNESS_RETURN_IF_ERROR(incidents->load_published());
  return incidents;
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
  FASTNESS_RETURN_IF_ERROR(check_statement(statement));
  FASTNESS_ASSIGN_OR_RETURN(Incident open, needed());
  FASTNESS_RETURN_IF_ERROR(
      database_.run("UPDATE incident_record SET closed_at = ?, statement = ? WHERE number = ?", at,
                    statement, open.number));
  open.closed_at = at;
  open.statement = statement;
  return open;
}

Result<void> Incidents::check_to_publish(const std::string& text) {
  FASTNESS_RETURN_IF_ERROR(check_statement(text));
  if (text.find("[WRITE:") != std::string::npos) {
    return fail(Errc::invalid_argument,
                "the draft has a blank that nobody has filled in: look for [WRITE:");
  }
  if (!turns_direction(text)) return {};
  return fail(Errc::invalid_argument,
              "the statement has characters that turn the direction of a line: others would read "
              "something else");
}

Result<Incident> Incidents::closed(std::optional<std::int64_t> number) const {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      (database_.query<std::int64_t, Timestamp, Timestamp, std::string, std::string,
                       std::optional<Timestamp>, std::string>(
          "SELECT number, opened_at, aware_at, reason, opened_by, closed_at, statement"
          " FROM incident_record WHERE number = ?1 OR (?1 IS NULL AND closed_at IS NOT NULL)"
          " ORDER BY number DESC LIMIT 1",
          number)));
  if (rows.empty()) return fail(Errc::not_found, "there is no such incident");
  Incident incident = to_incident(std::move(rows.front()));
  if (incident.is_open()) {
    return fail(Errc::not_found,
                "incident " + std::to_string(incident.number) + " is open: close it first");
  }
  FASTNESS_ASSIGN_OR_RETURN(incident.steps, steps_of(incident.number));
  return incident;
}

Result<void> Incidents::say(std::int64_t number, const std::string& text, Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(database_.run(
      "INSERT INTO incident_statement (incident, at, text) VALUES (?, ?, ?)", number, at, text));
  return load_published();
}

Result<Incident> Incidents::publish(std::optional<std::int64_t> number, const std::string& text,
                                    Timestamp at) {
  FASTNESS_ASSIGN_OR_RETURN(Incident incident, closed(number));
  const std::string& said = text.empty() ? incident.statement : text;
  FASTNESS_RETURN_IF_ERROR(check_to_publish(said));
  FASTNESS_RETURN_IF_ERROR(say(incident.number, said, at));
  return incident;
}

Result<Incident> Incidents::withdraw(std::optional<std::int64_t> number, Timestamp at) {
  FASTNESS_ASSIGN_OR_RETURN(Incident incident, closed(number));
  FASTNESS_ASSIGN_OR_RETURN(
      const auto last,
      (database_.query_one<std::string>("SELECT text FROM incident_statement WHERE incident = ?"
                                        " ORDER BY number DESC LIMIT 1",
                                        incident.number)));
  if (!last || std::get<0>(*last).empty()) {
    return fail(Errc::not_found,
                "nothing is published of incident " + std::to_string(incident.number));
  }
  FASTNESS_RETURN_IF_ERROR(say(incident.number, "", at));
  return incident;
}

// Of each incident the last that was said, and since when something was without a break.
Result<void> Incidents::load_published() {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_.query<std::int64_t, Timestamp, Timestamp, Timestamp, std::string>(
          "SELECT s.incident, r.closed_at,"
          "  (SELECT min(f.at) FROM incident_statement f WHERE f.incident = s.incident"
          "    AND f.number > (SELECT coalesce(max(w.number), 0) FROM incident_statement w"
          "      WHERE w.incident = s.incident AND w.text = '')),"
          "  s.at, s.text"
          " FROM incident_statement s JOIN incident_record r ON r.number = s.incident"
          " WHERE s.text <> '' AND s.number = (SELECT max(l.number) FROM incident_statement l"
          "   WHERE l.incident = s.incident)"
          " ORDER BY s.incident DESC LIMIT ?",
          static_cast<std::uint64_t>(kShownAtOnce))));
  published_.clear();
  for (const auto& [incident, closed_at, published_at, at, text] : rows) {
    published_.push_back({incident, closed_at, published_at,
                          at == published_at ? std::nullopt : std::optional(at), text});
  }
  return {};
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
