// The identifiers of the domain. Each is its own type: a device id cannot be passed for a thing id.
#pragma once

#include <cstdint>

#include "base/ids/strong_id.h"

namespace fastness {

using OrganisationId = StrongId<struct OrganisationIdTag>;  // owns everything else
using UserId = StrongId<struct UserIdTag>;                  // a person
using DeviceId = StrongId<struct DeviceIdTag>;              // hardware with a key
using ThingId = StrongId<struct ThingIdTag>;                // a device's twin
using PropertyId = StrongId<struct PropertyIdTag>;          // one value of a thing

// Names one property's history; never reused, never zero.
using SeriesId = StrongId<struct SeriesIdTag, std::uint64_t>;

}  // namespace fastness
