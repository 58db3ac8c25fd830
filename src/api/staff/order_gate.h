// What stands between the host's socket and the handlers of its gravest orders (`grave` rows).
#pragma once

#include "api/access/policy.h"

namespace fastness::api {

// Lets a request pass, if its row is not grave, the guard is off, or two people have agreed to this
// very one; then `call.order` names it, and whoever runs it calls finish_order. Else it waits for
// them: 409 with the code `needs_two_people`, in words that say what to do. Writes into the trail
// that it was asked for.
[[nodiscard]] Result<void, Problem> admit_order(Parts& parts, const Route& route, Call& call);

// What came of it; what failed can be tried again while it is good. Nothing without an order.
void finish_order(Parts& parts, const Call& call, const Answer& answer);

// An entry about an order in the trail of the host, by the host itself; `request` is what it comes
// from, if anything.
void record_order(audit::AuditLog& audit, telemetry::Log& log, const http::Request& request,
                  const char* action, accounts::OrderId id, std::string_view result);

}  // namespace fastness::api
