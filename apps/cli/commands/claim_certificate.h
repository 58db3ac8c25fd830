#pragma once

#include <CLI/CLI.hpp>

#include "session.h"

namespace fastness::cli {

// fastness claim certificate ...: keys that a batch of devices is made with.
void add_claim_certificate_commands(CLI::App& claim, Session& session, Action& action);

// A span of time as the command line has it: "90m", "12h", "7d", "2w".
[[nodiscard]] Result<std::chrono::minutes> parse_span(std::string_view text);

}  // namespace fastness::cli
