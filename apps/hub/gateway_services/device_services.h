#pragma once

#include "base/clock.h"
#include "gateway/services.h"
#include "gateway_services/identity_services.h"
#include "renewals/renewal_desk.h"
#include "telemetry/log.h"
#include "things/devices.h"
#include "things/last_values.h"
#include "things/model/time_zone.h"
#include "things/things.h"

namespace fastness::hub {

// What gateway loops ask of devices and things, carried to the control thread. All references must
// outlive the gateway.
struct DeviceDomains {
  things::Devices& devices;
  things::Things& things;
  things::LastValues& last_values;
  things::TimeZones& time_zones;
  identity::Identity& identity;
  renewals::RenewalDesk& renewals;
  const Clock& clock;
};

void add_device_services(gateway::Services& services, const DeviceDomains& domains,
                         const telemetry::Log& log, Post post_to_control);

// The reason that the connection log keeps for the gateway's word, such as "keep_alive_timeout".
[[nodiscard]] things::DisconnectReason disconnect_reason(std::string_view gateway_word);

}  // namespace fastness::hub
