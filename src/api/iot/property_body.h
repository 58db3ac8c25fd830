#pragma once

#include "api/access/policy.h"
#include "json/object_reader.h"
#include "things/things.h"

namespace fastness::api::iot {

// A property as a request describes it; what is absent stays as it is.
[[nodiscard]] Result<things::PropertyChanges, Problem> read_property(const json::ObjectReader& in);

// The same for a new one, which needs name, permission, type and update_strategy.
[[nodiscard]] Result<things::PropertyDraft, Problem> read_new_property(
    const json::ObjectReader& in);

}  // namespace fastness::api::iot
