#pragma once

#include "accounts/sign_in/sessions.h"
#include "api/access/policy.h"

namespace fastness::api::v1 {

// What a new session is told, and its cookie; from here on the call is that person's. The session
// whose cookie the browser brought along ends.
[[nodiscard]] Answer welcome(Parts& parts, Call& call, const accounts::NewSession& made);

}  // namespace fastness::api::v1
