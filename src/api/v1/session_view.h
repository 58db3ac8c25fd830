#pragma once

#include "accounts/sign_in/sessions.h"
#include "accounts/sign_in/sign_in.h"
#include "api/access/policy.h"
#include "api/parts.h"
#include "http/message.h"

namespace fastness::api {

// Who is signed in, where they work and as what: Session in api/openapi.yaml.
[[nodiscard]] http::Response show_session(Parts& parts, http::Status status, const Caller& caller);

// The same of a session that its own request has changed.
[[nodiscard]] Answer show_session_anew(Parts& parts, const Call& call);

// The answer to somebody who has just come in, with their cookie. From here on they are the caller,
// so that the trail names them. The session whose cookie the browser brought along ends: nobody
// could reach it any more but who had stolen it.
[[nodiscard]] Answer welcome(Parts& parts, Call& call, const accounts::NewSession& made);

// The same to somebody who has shown what a password shows: `welcome`, or the question for a code.
[[nodiscard]] Answer answer_to(Parts& parts, Call& call, const accounts::Entered& entered);

// What somebody hears who was not let in, where nothing better is known of that way in: also that
// the host's owner suspended the account, which `permission_denied` is at every door.
[[nodiscard]] Problem refusal_at_the_door(const Error& error);

}  // namespace fastness::api
