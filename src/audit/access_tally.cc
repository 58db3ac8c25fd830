#include "audit/access_tally.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace fastness::audit {
namespace {

constexpr std::string_view kRead = "data.read";
constexpr std::string_view kWrite = "data.write";

Timestamp hour_of(Timestamp time) {
  return std::chrono::floor<std::chrono::hours>(time);
}

// "2026-11-30T09"
std::string hour_text(Timestamp hour) {
  const auto day = std::chrono::floor<std::chrono::days>(hour);
  const std::chrono::year_month_day date(day);
  const auto of_day = std::chrono::duration_cast<std::chrono::hours>(hour - day).count();
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d",
                                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()), static_cast<int>(of_day));
  return {text.data(), static_cast<std::size_t>(size)};
}

// What `digits` say, if that is all they are.
std::optional<unsigned> number(std::string_view digits) {
  unsigned value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, fault] = std::from_chars(digits.data(), end, value);
  if (fault != std::errc() || rest != end) return std::nullopt;
  return value;
}

// What hour_text wrote.
Result<Timestamp> parse_hour(std::string_view text) {
  constexpr std::size_t kSize = std::string_view("2026-11-30T09").size();
  const auto nothing = [] { return fail(Errc::corrupted, "an access has no hour"); };
  if (text.size() != kSize || text[4] != '-' || text[7] != '-' || text[10] != 'T') return nothing();
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8, 2));
  const auto hour = number(text.substr(11, 2));
  if (!year || !month || !day || !hour || *hour > 23) return nothing();
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return nothing();
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(*hour);
}

}  // namespace

void AccessTally::note(OrganisationId organisation, const std::string& actor, AccessVerb verb,
                       std::string_view data) {
  const Key key{hour_of(clock_.now()), organisation, actor, verb, std::string(data)};
  const auto found = counts_.find(key);
  if (found != counts_.end()) {
    ++found->second;
    return;
  }
  if (counts_.size() >= kMaxCounts) write_all();
  // Still full: the trail takes nothing, which the log says. Memory stays bounded.
  if (counts_.size() < kMaxCounts) counts_.emplace(key, 1);
}

void AccessTally::tick() {
  write_before(hour_of(clock_.now()));
}

void AccessTally::write_all() {
  write_before(Timestamp::max());
}

void AccessTally::write_before(Timestamp end) {
  while (!counts_.empty() && std::get<0>(counts_.begin()->first) < end) {
    const auto& [key, count] = *counts_.begin();
    const auto& [hour, organisation, actor, verb, data] = key;
    Event event{organisation,
                actor,
                std::string(verb == AccessVerb::read ? kRead : kWrite),
                data + ":" + hour_text(hour),
                {},
                "ok"};
    event.count = count;
    const auto written = trail_.record(std::move(event), AuditLog::Kind::access);
    if (!written) {
      log_.error("audit_failed", {{"why", written.error().message}});
      return;  // kept for the next time
    }
    counts_.erase(counts_.begin());
  }
}

std::vector<AccessTally::Count> AccessTally::pending(OrganisationId organisation) const {
  std::vector<Count> found;
  for (const auto& [key, count] : counts_) {
    const auto& [hour, whose, actor, verb, data] = key;
    if (whose == organisation) found.push_back({actor, verb, data, hour, count});
  }
  std::ranges::reverse(found);
  return found;
}

Result<AccessTally::Count> AccessTally::parse(const Event& event) {
  const auto colon = event.object.find(':');
  if (colon == std::string::npos || (event.action != kRead && event.action != kWrite)) {
    return fail(Errc::corrupted, "an entry of the audit trail is no access");
  }
  FASTNESS_ASSIGN_OR_RETURN(const Timestamp hour,
                            parse_hour(std::string_view(event.object).substr(colon + 1)));
  return Count{event.actor, event.action == kRead ? AccessVerb::read : AccessVerb::write,
               event.object.substr(0, colon), hour, event.count};
}

}  // namespace fastness::audit
