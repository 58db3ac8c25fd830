#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/value.h"

namespace fastness::things {

// Who said that a property has this value.
enum class Source : std::uint8_t {
  device = 1,  // the board itself: a report, or its echo of a write
  user = 2,    // a person, over MQTT
  api = 3,     // REST or the console
};

// "device", "user", "api".
[[nodiscard]] std::string_view to_text(Source source);

// What a message claims about one property, before anyone checked it. Attributes that a message
// named one by one are gathered into one composite value, which may lack some of them.
struct PropertyUpdate {
  std::string name;               // the variable name, else the friendly name
  Value value;                    // of whatever kind the wire had
  std::optional<Timestamp> time;  // when it was so, if the message says
};

// One accepted value of one property: what the journal keeps and everything after it consumes.
struct Reading {
  OrganisationId organisation;
  ThingId thing;
  PropertyId property;
  SeriesId series;
  Timestamp time;     // when it was so
  Timestamp arrived;  // when we heard of it
  Value value;
  Source source;
  bool persist;  // whether history wants it

  friend bool operator==(const Reading&, const Reading&) = default;
};

}  // namespace fastness::things
