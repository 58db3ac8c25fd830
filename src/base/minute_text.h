#pragma once

#include <string>

#include "base/clock.h"

namespace fastness {

// "2026-11-30 16:20 UTC": the minute of a moment as a person reads it. What programs read is
// written by json::to_time_text.
[[nodiscard]] std::string minute_text(Timestamp time);

}  // namespace fastness
