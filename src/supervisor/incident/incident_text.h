// Incidents in words: their state, and whom they concern. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace fastness::json {
class Value;
}

namespace fastness::supervisor {

// What `incident open`, `note` and `close` print, out of one incident of the instance's answer.
[[nodiscard]] std::string incident_as_text(const json::Value& incident, Timestamp now);

// What `incident status` prints, out of the answer of GET /admin/v1/incidents: the one that is
// open, or all.
[[nodiscard]] std::string incidents_as_text(const json::Value& list, bool is_all, Timestamp now);

// What `incident affected` prints, out of the answer of POST /admin/v1/affected.
[[nodiscard]] std::string affected_as_text(const json::Value& affected);

// What `incident notify` prints, out of the answer of POST /admin/v1/incidents/letters.
[[nodiscard]] std::string letters_as_text(const json::Value& begun);

// A moment that is over: a time of RFC 3339, a day (its beginning, UTC), or how long ago: "36h",
// "7d". `invalid_argument` for anything else, and for what is still to come.
[[nodiscard]] Result<Timestamp> parse_past(std::string_view text, Timestamp now);

}  // namespace fastness::supervisor
