#pragma once

#include <string>

#include "base/clock.h"
#include "os/files/file_system.h"

namespace fastness::supervisor {

// The machine and its clock, as lines for a person: what is read in the evidence a year later.
[[nodiscard]] std::string host_facts(const Clock& clock);

// The version of the programs in `folder`, and the SHA-256 of each that is there, by which they are
// held against those of a release. What is on the disk may be newer than what runs.
[[nodiscard]] std::string program_facts(os::FileSystem& files, const std::string& folder);

}  // namespace fastness::supervisor
