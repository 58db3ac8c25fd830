// Small files in the MaxMind DB format (version 2.0), of whatever a test wants in them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace fastness::places::testing {

// What a file says of one network.
struct PlaceRecord {
  std::string network;  // "192.0.2.0/24" or "2001:db8::/32"
  double latitude = 0;
  double longitude = 0;
  std::uint16_t accuracy_radius = 0;  // kilometres; 0: it does not say
};

enum class PlaceFileKind : std::uint8_t {
  cities,     // with `location` in its records
  companies,  // of the same networks, without
};

// The bytes of such a file: a tree of IPv6 with IPv4 in ::/96, records of 24 bits.
[[nodiscard]] Bytes make_place_file(const std::vector<PlaceRecord>& records,
                                    PlaceFileKind kind = PlaceFileKind::cities);

}  // namespace fastness::places::testing
