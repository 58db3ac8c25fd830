// What fastnessd opens before its sandbox shuts, and the sandbox.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "os/files/descriptor.h"
#include "supervisor/command_line/command_line.h"
#include "telemetry/log.h"

namespace fastness {

// A terminal or the descriptor that was named, if the vault opens with a passphrase. Never read
// here: the vault asks.
[[nodiscard]] Result<os::Descriptor> open_passphrase(const config::Config& config,
                                                     const supervisor::CommandLine& command);
[[nodiscard]] Result<os::Descriptor> open_token_pin(const config::Config& config,
                                                    const supervisor::CommandLine& command);

// `also_writable`: folders besides those of the configuration.
[[nodiscard]] Result<void> confine(const config::Config& config, const std::string& programs,
                                   const telemetry::Log& log,
                                   const std::vector<std::string>& also_writable = {});

}  // namespace fastness
