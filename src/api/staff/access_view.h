// Access of operators on its way through requests and answers.
#pragma once

#include <vector>

#include "accounts/staff/access_grants.h"
#include "api/v1/body.h"

namespace fastness::api {

// Everybody who may see a grant sees whose it is and why. Addresses that cannot be opened now are
// left empty.
void write(json::Writer& out, Parts& parts, const accounts::AccessGrant& grant);
void write(json::Writer& out, Parts& parts, const std::vector<accounts::AccessGrant>& grants);

void write_person_by_id(json::Writer& out, Parts& parts, const char* name, UserId user);

// What was signed, and how, for whoever wants to check it: base64url.
void write_members(json::Writer& out, const accounts::StatementSignature& made);
// The proofs of a grant.
void write(json::Writer& out, const std::vector<accounts::SignedDeed>& deeds);

// What was refused, in words; of an error of AccessGrants.
[[nodiscard]] Unexpected<Problem> refuse_access(const Error& error);

// What it is about, and whose trail it goes to.
void name_grant(Call& call, const accounts::AccessGrant& grant);

// Approving, which is the same for an operator and for the organisation's own.
[[nodiscard]] Answer offer_approval(Parts& parts, const Call& call,
                                    const accounts::Decider& decider);
[[nodiscard]] Answer approve_access(Parts& parts, Call& call, const accounts::Decider& decider);
[[nodiscard]] Answer end_access(Parts& parts, Call& call, const accounts::Decider& decider);

}  // namespace fastness::api
