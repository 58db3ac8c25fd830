#pragma once

#include <string>

#include "api/parts.h"

namespace fastness::api {

// Writes into the trail of every organisation what the host's owner did that concerns them all. The
// host's own trail has it by the policy table. What cannot be written is in the log.
void record_for_everybody(const Parts& parts, const std::string& action, const std::string& object);

// The same in one organisation's trail only.
void record_for(const Parts& parts, OrganisationId organisation, const std::string& action,
                const std::string& object);

}  // namespace fastness::api
