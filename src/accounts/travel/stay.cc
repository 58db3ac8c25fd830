#include "accounts/travel/stay.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fastness::accounts {
namespace {

places::Coordinates middle_of(Region region) {
  return {static_cast<double>(region.latitude), static_cast<double>(region.longitude)};
}

std::string region_text(Region region) {
  return std::to_string(region.latitude) + "," + std::to_string(region.longitude);
}

}  // namespace

// 180 degrees west are those east.
Region Region::of(const places::Coordinates& place) {
  const auto longitude = static_cast<std::int16_t>(std::lround(place.longitude));
  return {static_cast<std::int16_t>(std::lround(place.latitude)),
          longitude == -180 ? std::int16_t{180} : longitude};
}

bool can_be_travelled(const Stay& from, const Stay& to) {
  if (to.at < from.at) return true;
  const std::chrono::duration<double, std::ratio<3600>> hours = to.at - from.at;
  const double far = places::kilometres_between(middle_of(from.region), middle_of(to.region));
  return far <= std::max(kNearestTravel, kFastestTravel * hours.count());
}

std::string route_between(Region a, Region b) {
  if (b < a) std::swap(a, b);
  return region_text(a) + " " + region_text(b);
}

}  // namespace fastness::accounts
