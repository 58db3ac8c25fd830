// Orders of the host on their way through answers.
#pragma once

#include <utility>
#include <vector>

#include "accounts/orders/host_orders.h"
#include "api/v1/body.h"

namespace fastness::api {

// For operators and for the host alike: since when they need two people, what waits, and who has
// signed it.
[[nodiscard]] Answer show_orders(Parts& parts);

// The proofs, for whoever wants to check them: base64url.
void write(json::Writer& out, accounts::OrderId id, const accounts::SignedOrder& made);

// What was refused, in words; of an error of HostOrders.
[[nodiscard]] Unexpected<Problem> refuse_host_order(const Error& error);

}  // namespace fastness::api
