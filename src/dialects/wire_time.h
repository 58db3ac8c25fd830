#pragma once

#include "base/clock.h"

namespace fastness::dialects {

// A time as clients write it: epoch seconds from boards, milliseconds from JavaScript, told apart
// by their size. What lies outside of 1970 to 9999 comes out as the nearer end.
[[nodiscard]] Timestamp from_wire_time(double time);

// Epoch seconds, which is all that boards read.
[[nodiscard]] double to_wire_seconds(Timestamp time);

}  // namespace fastness::dialects
