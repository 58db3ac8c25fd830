// The vocabulary of history: what is kept, what is asked, what is answered.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/value.h"

namespace fastness::history {

// What a property was at a moment. A series has one point per moment: a later one replaces it.
struct Point {
  Timestamp time;
  Value value;

  friend bool operator==(const Point&, const Point&) = default;
};

// One property's history, and whose it is.
struct Series {
  OrganisationId organisation;
  SeriesId id;

  friend auto operator<=>(const Series&, const Series&) = default;  // NOLINT: clang-tidy 14
};

// The moments from `from` on, up to but not including `to`.
struct TimeRange {
  Timestamp from;
  Timestamp to;

  [[nodiscard]] bool holds(Timestamp time) const { return from <= time && time < to; }
};

enum class Order { ascending, descending };

// What the points of one interval come to. Switches count as 0 and 1; texts and composites are
// counted, and have no part in the numbers.
struct Summary {
  Timestamp start;          // of the interval
  std::uint64_t count = 0;  // points
  std::uint64_t numbers =
      0;  // of them, those that stand for a number; if 0, the rest means nothing
  double minimum = 0;
  double maximum = 0;
  double sum = 0;
  double last = 0;  // the latest

  [[nodiscard]] double average() const { return sum / static_cast<double>(numbers); }
  friend bool operator==(const Summary&, const Summary&) = default;
};

enum class Aggregation {
  average,
  minimum,
  maximum,
  sum,
  count,
  percentile_99,
  percentile_95,
  percentile_90,
  percentile_75,
  percentile_50,
  percentile_15,
  percentile_5,
  bool_or,   // 1 if any point is not zero
  bool_and,  // 1 if no point is zero
};

// One interval's aggregate. Intervals begin at multiples of their length since 1970; those without
// a point that has a part in the aggregate are left out.
struct Aggregate {
  Timestamp start;
  double value;

  friend bool operator==(const Aggregate&, const Aggregate&) = default;
};

}  // namespace fastness::history
