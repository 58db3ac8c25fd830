#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace fastness::things {

// What a board must be told about local time.
struct LocalTime {
  std::int32_t offset_seconds;  // to add to UTC; within (-43200, 50400), as boards insist
  Timestamp until;              // when this stops being true; always after `now`, within 32 bits

  friend bool operator==(const LocalTime&, const LocalTime&) = default;
};

// The rules of one time zone, from a TZif file (RFC 8536, versions 2 and up). Immutable.
class TimeZone {
 public:
  // UTC, for ever.
  TimeZone() = default;

  // Fails with `invalid_argument` if the bytes are no TZif file of version 2 or later.
  [[nodiscard]] static Result<TimeZone> parse(ByteView tzif);

  // `until` is the next change of the offset, or ten years from `now` if none is known by then.
  [[nodiscard]] LocalTime at(Timestamp now) const;

 private:
  struct Change {
    std::int64_t at;  // epoch seconds
    std::int32_t offset;
  };
  // A POSIX TZ rule (RFC 8536, 3.3.1) for what lies after the last listed change.
  struct Day {
    int month = 0, week = 0, weekday = 0;  // `Mm.w.d` form if month is not 0
    int julian = -1;                       // `Jn` (1..365, no leap day) or `n` (0..365)
    bool skips_leap_day = false;
    std::int32_t second = 7200;
  };
  struct Rule {
    std::int32_t standard = 0;
    std::int32_t daylight = 0;
    bool has_daylight = false;
    Day begins, ends;
  };

  static Result<Rule> parse_rule(std::string_view text);
  static std::int64_t instant(const Day& day, int year, std::int32_t offset);
  [[nodiscard]] std::vector<Change> changes_around(std::int64_t now) const;

  std::vector<Change> changes_;
  std::int32_t first_offset_ = 0;
  Rule rule_;
};

// Zones by name. Lives on one thread; remembers what it has parsed.
class TimeZones {
 public:
  // Gives the bytes of `<zoneinfo>/<name>`; called only with well-formed names. Must outlive this.
  using Read = std::function<Result<Bytes>(const std::string& name)>;
  explicit TimeZones(Read read) : read_(std::move(read)) {}

  // Whether `name` could be a zone: [A-Za-z0-9_+-] levels joined by '/', no dots, up to 64.
  [[nodiscard]] static bool is_well_formed(std::string_view name);

  // `invalid_argument` for a malformed name, `not_found` for an unknown one.
  [[nodiscard]] Result<std::shared_ptr<const TimeZone>> find(const std::string& name);

  // The zone's offset now; UTC when the zone is unknown, so that a board can always go on.
  [[nodiscard]] LocalTime at(const std::string& name, Timestamp now);

 private:
  Read read_;
  std::map<std::string, std::shared_ptr<const TimeZone>> known_;
};

}  // namespace fastness::things
