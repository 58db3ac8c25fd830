// Moments and numbers as the languages write them.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "wording/phrase.h"

namespace fastness::wording {

// "2026-11-30 16:20 UTC", "30.11.2026 um 16:20 Uhr UTC": the minute that has begun, to be set after
// "on" and "am", or "since" and "seit dem".
[[nodiscard]] Phrase minute(Timestamp time);

// "12,345", "12.345".
[[nodiscard]] Phrase number(std::uint64_t count);

}  // namespace fastness::wording
