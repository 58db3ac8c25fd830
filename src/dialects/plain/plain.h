// One JSON value per property topic, for any MQTT client: docs/mqtt.md.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "dialects/dialects.h"

namespace fastness::dialects::plain {

// Reads `21.5`, `"open"`, `{"lat": 1, "lon": 2}`, or any of them as `{"value": …, "time": …}` with
// an RFC 3339 time or an epoch. `invalid_argument` for anything else.
[[nodiscard]] Result<things::PropertyUpdate> decode(std::string_view property, ByteView payload);

// The bare value to `…/set`, for clients too small to take an object apart.
[[nodiscard]] std::vector<Outgoing> writes(const things::ThingView& thing,
                                           std::span<const WireValue> values);

// `{"value": …, "time": "…"}`.
[[nodiscard]] std::vector<Outgoing> reports(const things::ThingView& thing,
                                            std::span<const WireValue> values);

}  // namespace fastness::dialects::plain
