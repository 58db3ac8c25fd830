#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "http/inspection.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace fastness::hub {

// Reads the firewall's rules and starts its threads; what asks it about each request. Absent if the
// configuration names no rules. `invalid_argument` names the file and the line that is wrong.
// `clock` and `metrics` must outlive it.
//
// Call it in the sandbox: what comes with the rules has no way to the world there, and no page that
// can be written becomes code.
[[nodiscard]] Result<http::Inspect> open_firewall(const config::Config::Waf& config,
                                                  const Clock& clock, const telemetry::Log& log,
                                                  telemetry::Registry& metrics);

}  // namespace fastness::hub
