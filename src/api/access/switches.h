// Which rows of the policy table go with a component that was switched off.
#pragma once

#include <optional>

#include "api/access/policy.h"
#include "incident/restriction/switches.h"

namespace fastness::api {

// Nothing for rows that only a level of restriction shuts.
[[nodiscard]] std::optional<incident::Component> component_of(const Route& route);

// `service_unavailable`, with words for whoever asks, if the row's component is off. Thread-safe.
[[nodiscard]] Result<void, Problem> check(const incident::Switches& switches, const Route& route);

}  // namespace fastness::api
