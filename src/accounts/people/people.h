// Who is in an organisation, and who is asked in, as values.
#pragma once

#include <string>

#include "accounts/people/role.h"
#include "accounts/people/thing_rights.h"
#include "base/clock.h"
#include "base/ids/ids.h"

namespace fastness::accounts {

using InvitationId = StrongId<struct InvitationIdTag>;

// A person in an organisation: their own, or one that let them in.
struct Membership {
  OrganisationId organisation;
  UserId user;
  Role role;
  Timestamp since;  // when they became what they are there
  ThingRights things = {};
};

// Somebody with this e-mail address may come in. The address is sealed on disk.
struct Invitation {
  InvitationId id;
  OrganisationId organisation;
  UserId by;
  Role role;
  Timestamp created_at;
  Timestamp expires_at;
  ThingRights things = {};  // that come with it
};

// An invitation just made. The token is for the link and nowhere else.
struct NewInvitation {
  Invitation invitation;
  std::string email;
  std::string token;
};

}  // namespace fastness::accounts
