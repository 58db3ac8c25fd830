#pragma once

#include "accounts/orders/host_order.h"
#include "api/access/policy.h"

namespace fastness::api {

// What a request of a grave row orders, in words and as it is signed; names its object in the
// trail, too. Refuses what the row's handler would refuse without looking at anything: a body that
// cannot be read, an address that nobody has.
[[nodiscard]] Result<accounts::HostRequest, Problem> describe_order(Parts& parts,
                                                                    const Route& route, Call& call);

}  // namespace fastness::api
