#pragma once

#include "gateway/gateway.h"
#include "gateway/services.h"
#include "incident/restriction/switches.h"

namespace fastness::hub {

// Has `services` let nobody in over MQTT by a component that is off, at every CONNECT. `switches`
// must outlive what uses the services.
void switch_services(gateway::Services& services, const incident::Switches& switches);

// Ends the connections that came in by a component that is now off.
void cut_off(gateway::Gateway& gateway, incident::Component component);

}  // namespace fastness::hub
