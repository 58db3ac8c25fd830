#pragma once

#include <string>

#include "accounts/people/people.h"
#include "wording/letter.h"

namespace fastness::api {

// What somebody is mailed who is invited. The link is in it and nowhere else. Of what the inviter
// wrote nothing is, and of who they are no more than an address that is nothing but an address:
// whoever can invite could write to anybody by this server otherwise.
[[nodiscard]] wording::Letter invitation_letter(const accounts::Invitation& invitation,
                                                const std::string& inviter,
                                                const std::string& link);

}  // namespace fastness::api
