#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "client/connection/api.h"
#include "client/renewal_folder.h"

namespace fastness::client {

// Renews over MQTT what is in a folder, with device::MqttRenewal: connects with the certificate
// that is kept, hears the server's offer and puts what it gets on trial. A device that is refused
// connects for the renewal alone (docs/identity.md). `not_due`: the server has made no offer, or
// one for a later moment. `permission_denied` if it refuses both, or the renewal; else as MqttLink.
enum class MqttRenewalOutcome : std::uint8_t { on_trial, not_due };
enum class RenewalMoment : std::uint8_t { at_once, when_due };
[[nodiscard]] Result<MqttRenewalOutcome> renew_by_mqtt(RenewalFolder& folder, const Address& server,
                                                       const std::string& anchors_pem,
                                                       RenewalMoment moment, const Clock& clock);

}  // namespace fastness::client
