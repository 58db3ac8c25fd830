#pragma once

#include <optional>

namespace fastness::places {

// A point of the Earth, in degrees: north and east are above nought.
struct Coordinates {
  double latitude;   // from -90 to 90
  double longitude;  // from -180 to 180

  // Nothing for what is no number or out of range.
  [[nodiscard]] static std::optional<Coordinates> of(double latitude, double longitude);

  friend bool operator==(const Coordinates&, const Coordinates&) = default;
};

// Along the great circle, of a ball with the Earth's mean radius: right to half a percent.
[[nodiscard]] double kilometres_between(const Coordinates& a, const Coordinates& b);

}  // namespace fastness::places
