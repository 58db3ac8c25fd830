#pragma once

#include <functional>

#include "api/parts.h"
#include "base/ids/ids.h"
#include "base/result.h"

namespace fastness::api {

// Removes for good what an organisation has in any domain but accounts: its devices, which are
// revoked and cut off, things with their values, claim codes, what its members wrote, history. The
// ledger keeps its entries: they name a device by an id that nothing else has any more. What is
// gone already is no error. `done` is called once, on the control thread.
void remove_belongings(Parts& parts, OrganisationId organisation,
                       std::function<void(Result<void>)> done);

}  // namespace fastness::api
