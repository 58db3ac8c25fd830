#pragma once

#include "gateway/gateway.h"
#include "gateway/services.h"
#include "incident/restriction/restrictions.h"

namespace fastness::hub {

// Has `services` let in no more than the level in force allows, at every CONNECT: devices, and whom
// a plaintext listener speaks for. Those of people are asked by `restricted` below. `restrictions`
// must outlive what uses the services.
void restrict_services(gateway::Services& services, const incident::Restrictions& restrictions);

// What becomes of a person or a program that has proved who it is. Thread-safe.
[[nodiscard]] Result<gateway::Principal> restricted(Result<gateway::Principal> proven,
                                                    incident::Level level);

// Ends the connections that were let in under another level than the one now in force.
void cut_off(gateway::Gateway& gateway, incident::Level before, incident::Level now);

}  // namespace fastness::hub
