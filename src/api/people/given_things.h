// Rights to single things, as people and invitations have them.
#pragma once

#include <string>
#include <vector>

#include "accounts/people/thing_rights.h"
#include "api/generated/requests.h"
#include "api/parts.h"
#include "api/problem.h"
#include "json/writer.h"

namespace fastness::api {

// 400 for a thing that is not in the organisation, or is there twice; the field is of `field`.
[[nodiscard]] Result<accounts::ThingRights, Problem> read_given_things(
    const Parts& parts, OrganisationId organisation, const std::vector<v1::ThingGrant>& given,
    const std::string& field);

// The member `things`, without those that are no more.
void write_given_things(json::Writer& out, const Parts& parts, OrganisationId organisation,
                        const accounts::ThingRights& rights);

}  // namespace fastness::api
