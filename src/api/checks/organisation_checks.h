#pragma once

#include "api/parts.h"
#include "http/message.h"

namespace fastness::api {

// The security check-up of an organisation, as it is answered: what is weak about it is said as far
// as the vault and the disk tell.
[[nodiscard]] http::Response check_up_of(const Parts& parts, OrganisationId organisation);

}  // namespace fastness::api
