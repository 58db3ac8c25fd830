#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "things/model/reading.h"
#include "things/model/snapshot.h"

namespace fastness::pipeline {

using things::Reading;

// Why a value was not taken.
enum class Refusal : std::uint8_t {
  unknown_property = 1,  // the thing has none of that name
  wrong_type = 2,        // a text where a number belongs
  not_a_number = 3,      // NaN or infinite
  below_minimum = 4,
  above_maximum = 5,
  read_only = 6,          // a write to what only the board may say
  unknown_attribute = 7,  // `colour:shine`
  too_long = 8,           // a text over kMaxText bytes
  no_time = 9,            // a time before 2000: the board's clock is not set
};

// "wrong_type", …
[[nodiscard]] std::string_view to_text(Refusal refusal);

// What the owner reads: "The value is not of the property's type."
[[nodiscard]] std::string_view explain(Refusal refusal);

struct Refused {
  OrganisationId organisation;
  ThingId thing;
  std::optional<PropertyId> property;  // absent if it is unknown
  std::string name;                    // as the message had it, cut to 64 bytes
  Refusal reason;
  Timestamp at;
};

struct Ingested {
  std::vector<Reading> accepted;  // in the order of the updates
  std::vector<Refused> refused;
};

// Which way a value goes.
enum class Direction : std::uint8_t {
  report,  // the board says what is
  write,   // somebody asks the board to make it so: needs READ_WRITE
};

// Longest text value.
constexpr std::size_t kMaxText = fixed_limit("values.text_bytes");

// How far in the future a board's clock may be before the arrival time is taken instead.
constexpr std::chrono::minutes kClockSkew{5};

// Checks what a message claims against the thing's properties: existence, permission, type, unit
// range. Conversions that lose nothing are made (an integer for a number, 0 and 1 for a switch, a
// whole number for an integer). One refused value does not stop the others. Pure: thread-safe.
[[nodiscard]] Ingested ingest(const things::ThingView& thing,
                              std::span<const things::PropertyUpdate> updates,
                              things::Source source, Direction direction, Timestamp arrived);

// One value, for REST: accepted or the reason.
[[nodiscard]] Result<Reading, Refusal> ingest_one(const things::ThingView& thing,
                                                  const things::PropertyUpdate& update,
                                                  things::Source source, Direction direction,
                                                  Timestamp arrived);

}  // namespace fastness::pipeline
