#include "places/coordinates.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fastness::places {
namespace {

constexpr double kEarthRadius = 6'371;  // kilometres

double radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

}  // namespace

std::optional<Coordinates> Coordinates::of(double latitude, double longitude) {
  // Of what is no number, no comparison holds.
  const bool is_in_range = std::abs(latitude) <= 90 && std::abs(longitude) <= 180;
  return is_in_range ? std::optional(Coordinates{latitude, longitude}) : std::nullopt;
}

// The haversine formula, which is exact for near places too.
double kilometres_between(const Coordinates& a, const Coordinates& b) {
  const double north = std::sin(radians(b.latitude - a.latitude) / 2);
  const double east = std::sin(radians(b.longitude - a.longitude) / 2);
  const double part =
      north * north + std::cos(radians(a.latitude)) * std::cos(radians(b.latitude)) * east * east;
  return 2 * kEarthRadius * std::asin(std::sqrt(std::min(part, 1.0)));
}

}  // namespace fastness::places
