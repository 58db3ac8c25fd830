// What of the policy table is served while the instance is restricted.
#pragma once

#include "api/access/policy.h"
#include "incident/restriction/restrictions.h"

namespace fastness::api {

// What a request does to who and what is here, as far as a restriction cares.
enum class Effect : std::uint8_t {
  looks,       // changes nothing
  goes_on,     // who is here stays here: a sign-in, a renewal
  takes_away,  // access, from somebody; never the wrong moment for that
  changes,     // data
  admits,      // gives somebody an identity, a key or a secret
};

// By the row's audit action. One that is not known here is taken for the worst.
[[nodiscard]] Effect effect_of(const Route& route);

// Whether somebody has said what that action does. For tests.
[[nodiscard]] bool is_effect_known(std::string_view audit_action);

// `service_unavailable`, with words for whoever asks, unless the row is served at that level. The
// host's own socket always is, and what is public and only looked at.
[[nodiscard]] Result<void, Problem> check(incident::Level level, const Route& route);

}  // namespace fastness::api
