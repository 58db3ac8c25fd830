#include "things/model/time_zone.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/fixed_limits.h"

namespace fastness::things {
namespace {

using namespace std::chrono_literals;

// What boards accept, both ends exclusive.
constexpr std::int32_t kLeastOffset = -43'200;
constexpr std::int32_t kMostOffset = 50'400;

constexpr std::size_t kMaxFileBytes = 1U << 20U;
constexpr std::size_t kMaxZoneName = fixed_limit("things.time_zone_bytes");
constexpr std::int64_t kDay = 86'400;

Unexpected<Error> not_tzif(std::string_view why) {
  return fail(Errc::invalid_argument, "time zone: " + std::string(why));
}

// RFC 8536, 3.1: the counts of one block.
struct Header {
  std::uint8_t version;
  std::uint32_t utc_flags, wall_flags, leaps, changes, types, names;

  // Of the block that follows, whose times take `time_size` bytes each.
  [[nodiscard]] std::uint64_t block_size(std::uint64_t time_size) const {
    return changes * time_size + changes + types * 6ULL + names + leaps * (time_size + 4ULL) +
           wall_flags + utc_flags;
  }
};

Result<Header> read_header(ByteReader& in) {
  if (as_text(in.raw(4)) != "TZif") return not_tzif("no TZif file");
  const std::uint8_t version = in.u8();
  static_cast<void>(in.raw(15));
  Header header{version, in.u32(), in.u32(), in.u32(), in.u32(), in.u32(), in.u32()};
  if (!in.ok()) return not_tzif("cut short");
  if (version < '2') return not_tzif("version 1");
  return header;
}

// Text that is eaten from the front: the POSIX rule.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // `CEST` or `<+0330>`.
  bool name() {
    if (take('<')) {
      const std::size_t end = rest_.find('>');
      if (end == std::string_view::npos) return false;
      rest_.remove_prefix(end + 1);
      return true;
    }
    const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    std::size_t size = 0;
    while (size < rest_.size() && is_letter(rest_[size])) ++size;
    rest_.remove_prefix(size);
    return size >= 3;
  }
  bool number(int most, int& out) {
    const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), out);
    if (code != std::errc() || rest_.starts_with('-') || out > most) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }
  // `[+-]hh[:mm[:ss]]` in seconds.
  bool seconds(int most_hours, std::int32_t& out) {
    const bool is_negative = take('-');
    if (!is_negative) take('+');
    int hours = 0;
    int minutes = 0;
    int secs = 0;
    if (!number(most_hours, hours)) return false;
    if (take(':') && !number(59, minutes)) return false;
    if (take(':') && !number(59, secs)) return false;
    out = hours * 3'600 + minutes * 60 + secs;
    if (is_negative) out = -out;
    return true;
  }

 private:
  std::string_view rest_;
};

std::int64_t days_of(std::chrono::sys_days day) {
  return day.time_since_epoch().count();
}

}  // namespace

Result<TimeZone::Rule> TimeZone::parse_rule(std::string_view text) {
  Scanner in(text);
  Rule rule;
  const auto bad = [] { return not_tzif("a rule that is not POSIX"); };
  const auto read_day = [&in](Day& day) {
    if (in.take('M')) {
      const bool ok = in.number(12, day.month) && in.take('.') && in.number(5, day.week) &&
                      in.take('.') && in.number(6, day.weekday);
      if (!ok || day.month == 0 || day.week == 0) return false;
    } else {
      day.skips_leap_day = in.take('J');
      if (!in.number(365, day.julian)) return false;
    }
    return !in.take('/') || in.seconds(167, day.second);
  };

  // The sign is that of "hours to add to get UTC": the other way round than everywhere else.
  if (!in.name() || !in.seconds(24, rule.standard)) return bad();
  rule.standard = -rule.standard;
  if (in.at_end()) return rule;
  if (!in.name()) return bad();
  rule.has_daylight = true;
  rule.daylight = rule.standard + 3'600;
  if (!in.take(',')) {
    if (!in.seconds(24, rule.daylight) || !in.take(',')) return bad();
    rule.daylight = -rule.daylight;
  }
  if (!read_day(rule.begins) || !in.take(',') || !read_day(rule.ends) || !in.at_end()) return bad();
  return rule;
}

Result<TimeZone> TimeZone::parse(ByteView tzif) {
  if (tzif.size() > kMaxFileBytes) return not_tzif("too long");
  ByteReader in(tzif);
  FASTNESS_ASSIGN_OR_RETURN(const Header old, read_header(in));
  if (old.block_size(4) > in.rest().size()) return not_tzif("cut short");
  static_cast<void>(in.raw(static_cast<std::size_t>(old.block_size(4))));
  FASTNESS_ASSIGN_OR_RETURN(const Header header, read_header(in));
  if (header.block_size(8) > in.rest().size()) return not_tzif("cut short");
  if (header.types == 0) return not_tzif("no local time");

  std::vector<std::int64_t> times(header.changes);
  for (std::int64_t& time : times) time = in.i64();
  const ByteView indices = in.raw(header.changes);
  std::vector<std::int32_t> offsets(header.types);
  for (std::int32_t& offset : offsets) {
    offset = static_cast<std::int32_t>(in.u32());
    static_cast<void>(in.u16());
  }
  static_cast<void>(in.raw(static_cast<std::size_t>(header.block_size(8)) - header.changes * 9U -
                           header.types * 6U));

  TimeZone zone;
  zone.first_offset_ = offsets[0];
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (indices[i] >= offsets.size() || (i > 0 && times[i] <= times[i - 1])) {
      return not_tzif("changes out of order");
    }
    zone.changes_.push_back({times[i], offsets[indices[i]]});
  }
  std::string_view footer = as_text(in.rest());
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') {
    return not_tzif("no footer");
  }
  footer = footer.substr(1, footer.size() - 2);
  zone.rule_.standard = zone.changes_.empty() ? zone.first_offset_ : zone.changes_.back().offset;
  if (!footer.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(zone.rule_, parse_rule(footer));
    if (zone.changes_.empty()) zone.first_offset_ = zone.rule_.standard;
  }
  return zone;
}

// When `day` of `year` begins to count, on a clock that shows UTC + `offset` until then.
std::int64_t TimeZone::instant(const Day& day, int year, std::int32_t offset) {
  namespace c = std::chrono;
  const c::year y(year);
  std::int64_t days = 0;
  if (day.month != 0) {
    const c::month month(static_cast<unsigned>(day.month));
    const c::weekday weekday(static_cast<unsigned>(day.weekday));
    days = day.week == 5
               ? days_of(c::sys_days(y / month / weekday[c::last]))
               : days_of(c::sys_days(y / month / weekday[static_cast<unsigned>(day.week)]));
  } else {
    days = days_of(c::sys_days(y / c::January / 1)) + day.julian;
    // `Jn` counts from 1 and pretends that there is no 29 February.
    if (day.skips_leap_day && !(y.is_leap() && day.julian >= 60)) --days;
  }
  return days * kDay + day.second - offset;
}

// The listed changes, and those that the rule makes in the years about `now`.
std::vector<TimeZone::Change> TimeZone::changes_around(std::int64_t now) const {
  std::vector<Change> all = changes_;
  const std::int64_t last = all.empty() ? std::int64_t{0} : all.back().at;
  if (!rule_.has_daylight) {
    return all;
  }
  const auto today = std::chrono::sys_days(std::chrono::days(now / kDay));
  const int year = static_cast<int>(std::chrono::year_month_day(today).year());
  std::vector<Change> made;
  for (int y = year - 1; y <= year + 2; ++y) {
    made.push_back({instant(rule_.begins, y, rule_.standard), rule_.daylight});
    made.push_back({instant(rule_.ends, y, rule_.daylight), rule_.standard});
  }
  std::ranges::sort(made, {}, &Change::at);
  for (const Change& change : made) {
    if (all.empty() || change.at > last) all.push_back(change);
  }
  return all;
}

LocalTime TimeZone::at(Timestamp now) const {
  const std::int64_t second =
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::vector<Change> changes = changes_around(second);
  const auto next = std::ranges::upper_bound(changes, second, {}, &Change::at);
  const std::int32_t offset = next == changes.begin() ? first_offset_ : std::prev(next)->offset;
  const auto different = std::find_if(
      next, changes.end(), [offset](const Change& change) { return change.offset != offset; });

  const std::int64_t horizon = second + 3'653 * kDay;
  std::int64_t until = different == changes.end() ? horizon : std::min(different->at, horizon);
  until = std::min<std::int64_t>(until, 0xffff'ffff);
  return {std::clamp(offset, kLeastOffset + 1, kMostOffset - 1),
          Timestamp(std::chrono::seconds(until))};
}

bool TimeZones::is_well_formed(std::string_view name) {
  if (name.empty() || name.size() > kMaxZoneName || name.front() == '/' || name.back() == '/') {
    return false;
  }
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '/';
  };
  return std::ranges::all_of(name, is_allowed) && name.find("//") == std::string_view::npos;
}

Result<std::shared_ptr<const TimeZone>> TimeZones::find(const std::string& name) {
  if (!is_well_formed(name)) return not_tzif("a malformed name");
  if (const auto found = known_.find(name); found != known_.end()) return found->second;
  if (name == "UTC") return known_.emplace(name, std::make_shared<TimeZone>()).first->second;

  auto bytes = read_(name);
  if (!bytes) return fail(Errc::not_found, "time zone: unknown");
  FASTNESS_ASSIGN_OR_RETURN(TimeZone zone, TimeZone::parse(*bytes));
  return known_.emplace(name, std::make_shared<const TimeZone>(std::move(zone))).first->second;
}

LocalTime TimeZones::at(const std::string& name, Timestamp now) {
  const auto zone = find(name);
  return zone ? (*zone)->at(now) : TimeZone().at(now);
}

}  // namespace fastness::things
