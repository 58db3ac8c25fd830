#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace fastness::supervisor {

// Before the settings of a command, where those of the instance could not be had.
inline constexpr const char* kOfCommand =
    "# As the command was told that took this: the instance did not answer.\n";

// What is in a directory of evidence, and how whoever is given it checks it. `missing`: what could
// not be had, a sentence each.
[[nodiscard]] std::string evidence_readme(Timestamp taken_at, const std::optional<Timestamp>& since,
                                          const std::vector<std::string>& missing);

}  // namespace fastness::supervisor
