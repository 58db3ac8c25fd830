// What every command for an instance that does not run begins with.
#pragma once

#include <optional>

#include "base/result.h"
#include "config/child.h"
#include "config/config.h"
#include "supervisor/instance_directory.h"
#include "telemetry/log.h"

namespace fastness {

// The directory of an instance that is there and does not run, so that nobody uses its keys until
// this ends. `not_found` if there is none, `already_exists` if it runs.
[[nodiscard]] Result<supervisor::InstanceDirectory> hold_stopped_instance(
    const config::Config& config, const std::optional<config::ChildUsers>& users);

// Warnings only: a person waits for the last word.
[[nodiscard]] telemetry::Log log_of_host(const config::Config& config);

}  // namespace fastness
