// Times as JSON spells them (RFC 3339).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace fastness::json {

// `2026-11-22T14:03:00Z`, with `.123` or `.123456` if there is a fraction. Always UTC.
[[nodiscard]] std::string to_time_text(Timestamp time);

// Reads any offset, and a space for the `T` as RFC 3339 section 5.6 permits; digits past the
// microsecond are dropped. Years 1970 to 9999; a leap second is the next second's start.
// `invalid_argument` for anything else.
[[nodiscard]] Result<Timestamp> parse_time(std::string_view text);

}  // namespace fastness::json
