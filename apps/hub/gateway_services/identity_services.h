#pragma once

#include <functional>
#include <string>
#include <vector>

#include "accounts/api_keys/api_keys.h"
#include "base/clock.h"
#include "config/config.h"
#include "gateway/services.h"
#include "identity/identity.h"
#include "telemetry/log.h"
#include "tls/context/server_context.h"

namespace fastness::hub {

// Runs work on the control thread, later. Thread-safe.
using Post = std::function<void(std::function<void()>)>;

// The admission rule as TLS asks for it where devices connect: on every full handshake and before
// every resumption. It lets those go on, too, who may renew their certificate and nothing else:
// what comes of a handshake is decided at CONNECT. A leaf that is forged, or was taken back, is
// reported to identity, which lives on the control thread. Thread-safe; `identity` and `clock` must
// outlive what is returned.
[[nodiscard]] tls::Admission make_admission(identity::Identity& identity, const Clock& clock,
                                            Post post_to_control);

// The same for HTTPS, where a certificate is good for one thing, to be renewed, or to ask for a
// first one: it lets in whoever holds the key of a certificate that the vault issued, whatever
// became of it since, or of a claim certificate. What the holder may do is decided for each
// request.
[[nodiscard]] tls::Admission make_renewal_admission(identity::Identity& identity,
                                                    const Clock& clock, Post post_to_control);

// The names (DER) that device certificates are issued under.
[[nodiscard]] std::vector<Bytes> device_issuers(const identity::AdmissionSnapshot& snapshot);

// Fills in the parts of the gateway's services that decide on devices. A device that was taken back
// and comes with its secret key is reported as above.
void add_identity_services(gateway::Services& services, identity::Identity& identity,
                           const Clock& clock, Post post_to_control);

// Fills in who the clients of the plaintext listener are: the user of the configured API key, if
// that key is alive, belongs to the configured organisation and may read values. `keys` and `clock`
// must outlive `services`.
void add_plaintext_service(gateway::Services& services, const accounts::ApiKeys& keys,
                           const config::Config::Listen& listen, const Clock& clock);

// Has each client that the plaintext listener lets in count as a use of the configured key, which
// would end otherwise for being unused. `keys` lives on the control thread, and must outlive
// `services`.
void count_plaintext_as_use(gateway::Services& services, accounts::ApiKeys& keys,
                            const std::string& client_id, Post post_to_control);

// Tells whoever reads the log that there is such a listener, and whether it lets anybody in.
void warn_of_plaintext(const gateway::Services& services, const telemetry::Log& log);

// What an API key may do over MQTT. `permission_denied` if it may not read values.
[[nodiscard]] Result<gateway::Principal> principal_of_key(OrganisationId organisation, UserId user,
                                                          std::string client_id,
                                                          const accounts::Scopes& scopes);

}  // namespace fastness::hub
