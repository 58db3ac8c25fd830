#pragma once

#include <functional>

#include "base/clock.h"
#include "gateway/services.h"
#include "identity/identity.h"
#include "tls/context/server_context.h"

namespace fastness::hub {

// Runs work on the control thread, later. Thread-safe.
using Post = std::function<void(std::function<void()>)>;

// The admission rule as TLS asks for it: on every full handshake and before every resumption. A
// forged leaf is reported to identity, which lives on the control thread. Thread-safe; `identity`
// and `clock` must outlive what is returned.
[[nodiscard]] tls::Admission make_admission(identity::Identity& identity, const Clock& clock,
                                            Post post_to_control);

// Fills in the parts of the gateway's services that decide on devices.
void add_identity_services(gateway::Services& services, identity::Identity& identity,
                           const Clock& clock);

}  // namespace fastness::hub
