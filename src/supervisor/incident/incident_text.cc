#include "supervisor/incident/incident_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/minute_text.h"
#include "json/text_in.h"
#include "json/time_text.h"
#include "json/value.h"
#include "supervisor/answer_fields.h"

namespace fastness::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr const char* kNoneOpen = "No incident is open.\n";

// What the trail cannot tell, said wherever somebody could take silence for an answer.
constexpr const char* kNotKnown =
    "\nNot in the trail, so not here: what devices sent and were sent; from where data were read;\n"
    "accesses of the last hour before a crash; what was done outside this server with a backup or "
    "a\nstolen disk.\n";

// "2 d 3 h", "3 h 10 min", "10 min"
std::string span_text(std::chrono::microseconds span) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(span).count();
  constexpr std::int64_t kHour = 60;
  constexpr std::int64_t kDay = 24 * kHour;
  if (minutes >= kDay) {
    return std::to_string(minutes / kDay) + " d " + std::to_string(minutes % kDay / kHour) + " h";
  }
  if (minutes >= kHour) {
    return std::to_string(minutes / kHour) + " h " + std::to_string(minutes % kHour) + " min";
  }
  return std::to_string(minutes) + " min";
}

void add_row(std::string& out, const std::string& name, const std::string& text) {
  constexpr std::size_t kWidth = 12;
  if (text.empty()) return;
  out += name + std::string(kWidth - std::min(name.size(), kWidth - 1), ' ') + text + "\n";
}

std::string words_for_deadline(const json::Value& deadline, bool is_over, Timestamp now) {
  if (!text_in(deadline, "done_at").empty()) return "done " + minute_in(deadline, "done_at");
  const auto due = json::parse_time(text_in(deadline, "due_at"));
  if (!due) return "runs from when a measure is there: incident note --did measure";
  std::string by = "by " + minute_text(*due);
  if (is_over) return by;  // closed: whether it was needed is for the record to say
  return *due >= now ? by + ", in " + span_text(*due - now)
                     : by + ": OVER for " + span_text(now - *due);
}

void add_deadlines(std::string& out, const json::Value& incident, Timestamp now) {
  const bool is_over = !text_in(incident, "closed_at").empty();
  out += "clocks, if the law binds you:\n";
  for (const json::Value& each : elements_in(incident, "deadlines")) {
    out += "  " + text_in(each, "what") + " (" + text_in(each, "law") + ")\n    " +
           words_for_deadline(each, is_over, now) + "\n";
  }
}

void add_steps(std::string& out, const json::Value& incident) {
  const auto steps = elements_in(incident, "steps");
  if (!steps.empty()) out += "done so far:\n";
  for (const json::Value& step : steps) {
    const std::string text = text_in(step, "text");
    out += "  " + minute_in(step, "at") + "  " + text_in(step, "kind") +
           (text.empty() ? "" : ": " + text) + "\n";
  }
}

std::string times_text(const json::Value& deed) {
  const std::string first = minute_in(deed, "first_at");
  const std::string last = minute_in(deed, "last_at");
  return first == last ? first : first + " to " + last;
}

void add_organisation(std::string& out, const json::Value& organisation) {
  out += "\norganisation " + text_in(organisation, "organisation_id") + "\n";
  for (const json::Value& each : elements_in(organisation, "accesses")) {
    out += "  " + text_in(each, "actor") + "  " + text_in(each, "verb") + " " +
           text_in(each, "data") + ", " + std::to_string(integer_in(each, "count")) +
           " requests, in the hours " + times_text(each) + "\n";
  }
  for (const json::Value& each : elements_in(organisation, "acts")) {
    const std::int64_t refused = integer_in(each, "refused");
    out += "  " + text_in(each, "actor") + "  " + text_in(each, "action") + ", " +
           std::to_string(integer_in(each, "count")) + " times" +
           (refused == 0 ? "" : ", of which " + std::to_string(refused) + " refused") + ", " +
           times_text(each) + "\n";
  }
  std::string addresses;
  for (const json::Value& each : elements_in(organisation, "addresses")) {
    if (const auto* text = each.get<std::string>()) addresses += " " + *text;
  }
  if (flag_in(organisation, "has_more_addresses")) addresses += " and more";
  if (!addresses.empty()) out += "  acts came from" + addresses + "\n";
}

// So many hours or days of "36h" or "7d".
std::optional<std::chrono::hours> parse_span(std::string_view text) {
  constexpr std::int64_t kLongest = 100'000;  // hours or days: more is a slip
  if (text.size() < 2) return std::nullopt;
  std::int64_t count = 0;
  const char* const unit = text.data() + text.size() - 1;
  const auto [end, fault] = std::from_chars(text.data(), unit, count);
  if (fault != std::errc() || end != unit || count < 0 || count > kLongest) return std::nullopt;
  if (*unit == 'h') return std::chrono::hours(count);
  if (*unit == 'd') return std::chrono::hours(24 * count);
  return std::nullopt;
}

}  // namespace

std::string incident_as_text(const json::Value& incident, Timestamp now) {
  std::string out;
  const bool is_closed = !text_in(incident, "closed_at").empty();
  const auto opened = json::parse_time(text_in(incident, "opened_at"));
  add_row(out, "incident",
          std::to_string(integer_in(incident, "number")) + (is_closed ? ", closed" : ", open") +
              (is_closed || !opened ? "" : " for " + span_text(now - *opened)));
  add_row(out, "reason", text_in(incident, "reason"));
  add_row(out, "by", text_in(incident, "opened_by"));
  add_row(out, "aware", minute_in(incident, "aware_at"));
  add_row(out, "opened", minute_in(incident, "opened_at"));
  add_row(out, "closed", minute_in(incident, "closed_at"));
  add_row(out, "statement", text_in(incident, "statement"));
  add_row(out, "published", minute_in(incident, "published_at"));
  add_deadlines(out, incident, now);
  add_steps(out, incident);
  return out;
}

std::string incidents_as_text(const json::Value& list, bool is_all, Timestamp now) {
  std::string out;
  for (const json::Value& each : elements_in(list, "incidents")) {
    const bool is_open = text_in(each, "closed_at").empty();
    if (!is_all && !is_open) continue;
    out += (out.empty() ? "" : "\n") + incident_as_text(each, now);
  }
  const std::string level = text_in(list, "restriction");
  if (out.empty()) out = is_all ? "There was no incident.\n" : kNoneOpen;
  if (!level.empty() && level != "normal") out += "\nThe instance is restricted: " + level + "\n";
  return out;
}

std::string affected_as_text(const json::Value& affected) {
  const auto organisations = elements_in(affected, "organisations");
  std::string out = std::to_string(integer_in(affected, "entries_read")) + " entries of " +
                    std::to_string(integer_in(affected, "organisations_searched")) +
                    " trails were read; " + std::to_string(organisations.size()) +
                    (organisations.size() == 1 ? " organisation is" : " organisations are") +
                    " concerned.\n";
  if (const auto unreadable = integer_in(affected, "entries_unreadable"); unreadable > 0) {
    out += std::to_string(unreadable) + " more were erased with their keys.\n";
  }
  for (const json::Value& each : organisations) add_organisation(out, each);
  const auto months = elements_in(affected, "backup_months");
  if (!months.empty()) out += "\nBackups that hold what there was:\n";
  for (const json::Value& each : months) {
    out += "  of " + text_in(each, "month").substr(0, std::string_view("2026-12").size()) +
           ": can be opened until " + minute_in(each, "readable_until") + "\n";
  }
  return out + kNotKnown;
}

std::string letters_as_text(const json::Value& begun) {
  const bool is_plan = flag_in(begun, "dry_run");
  const std::int64_t before = integer_in(begun, "told_before");
  return std::to_string(integer_in(begun, "concerned")) + " people are concerned" +
         (before == 0 ? "" : ", of whom " + std::to_string(before) + " were told before") + ". " +
         std::to_string(integer_in(begun, "to_tell")) +
         (is_plan ? " would be mailed.\n"
                  : " are being mailed, one after the other: see incident status.\n");
}

Result<Timestamp> parse_past(std::string_view text, Timestamp now) {
  if (const auto span = parse_span(text)) return now - *span;
  auto time = json::parse_time(text);
  if (!time) time = json::parse_time(std::string(text) + "T00:00:00Z");
  if (!time) {
    return fail(Errc::invalid_argument, "\"" + std::string(text) +
                                            "\" is no time: write 2026-11-30, "
                                            "2026-11-30T08:00:00Z, 36h or 7d");
  }
  if (*time > now) return fail(Errc::invalid_argument, std::string(text) + " is still to come");
  return *time;
}

}  // namespace fastness::supervisor
