// Where somebody was when, and whether they can have come from one place to another. Pure.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "places/coordinates.h"

namespace fastness::accounts {

// A place to whole degrees, which is a region and no house.
struct Region {
  std::int16_t latitude;
  std::int16_t longitude;

  [[nodiscard]] static Region of(const places::Coordinates& place);

  friend auto operator<=>(const Region&, const Region&) = default;  // NOLINT: clang-tidy 14
};

struct Stay {
  Region region;
  Timestamp at;
};

// As an airliner flies, straight there.
inline constexpr double kFastestTravel = 900;  // kilometres an hour
// Nearer places are no two: what a file knows of an address may be some hundred kilometres off,
// telephone networks lead into the Internet where they like, and degrees are rounded.
inline constexpr double kNearestTravel = 500;  // kilometres
// In so long anybody is anywhere: half around the Earth takes less.
inline constexpr std::chrono::hours kLongestTravel{24};

// Also if `to` is before `from`: the clock was set back, and says nothing of how long it was.
[[nodiscard]] bool can_be_travelled(const Stay& from, const Stay& to);

// Names the two regions, whichever of them came first.
[[nodiscard]] std::string route_between(Region a, Region b);

}  // namespace fastness::accounts
