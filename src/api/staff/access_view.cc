#include "api/staff/access_view.h"

#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/v1/passkey_use.h"

namespace fastness::api {

using accounts::AccessGrant;
using accounts::Decider;
using accounts::GrantId;
using http::Status;

void write_person_by_id(json::Writer& out, Parts& parts, const char* name, UserId user) {
  const auto email = parts.accounts.users().email(user);
  out.begin_object(name);
  out.field("user_id", user.value());
  out.field("email", email ? *email : std::string());
  out.end_object();
}

void write_members(json::Writer& out, const accounts::StatementSignature& made) {
  out.field("statement", made.statement);
  out.field("algorithm", static_cast<std::int64_t>(made.key.algorithm));
  out.field("public_key", to_base64url(made.key.bytes));
  out.field("client_data", to_base64url(made.client_data));
  out.field("authenticator_data", to_base64url(made.authenticator_data));
  out.field("signature", to_base64url(made.signature));
}

void write(json::Writer& out, Parts& parts, const AccessGrant& grant) {
  const accounts::AccessWish& wish = grant.request.wish;
  out.begin_object();
  out.field("id", grant.request.id.value());
  out.field("organisation_id", wish.organisation.value());
  write_person_by_id(out, parts, "operator", grant.request.by);
  out.begin_array("scopes");
  for (const accounts::Scope scope : wish.scopes.list()) out.value(to_text(scope));
  out.end_array();
  out.field("minutes", std::int64_t{wish.time.count()});
  out.field("reason", wish.reason);
  out.field("state", to_text(grant.state));
  out.field("asked_at", grant.asked_at);
  out.field("until", grant.until);
  if (grant.granted_by) out.field("granted_by", to_text(*grant.granted_by));
  out.field_if("granted_at", grant.granted_at);
  if (grant.decided_by) write_person_by_id(out, parts, "decided_by", *grant.decided_by);
  out.end_object();
}

void write(json::Writer& out, Parts& parts, const std::vector<AccessGrant>& grants) {
  out.begin_array("grants");
  for (const AccessGrant& each : grants) write(out, parts, each);
  out.end_array();
}

void write(json::Writer& out, const std::vector<accounts::SignedDeed>& deeds) {
  out.begin_array("signatures");
  for (const accounts::SignedDeed& each : deeds) {
    out.begin_object();
    out.field("deed", to_text(each.deed));
    out.field("user_id", each.by.value());
    out.field("at", each.at);
    write_members(out, each.signature);
    out.end_object();
  }
  out.end_array();
}

Unexpected<Problem> refuse_access(const Error& error) {
  switch (error.code) {
    case Errc::unauthenticated:
      return refuse(Status::forbidden, "This was not signed by a passkey of yours, or too late.");
    case Errc::permission_denied:
      return refuse(Status::forbidden,
                    "Nobody approves what they asked for, and nobody asks for what is theirs.");
    case Errc::already_exists:
      return refuse(Status::conflict, "That was decided already, or its time is over.");
    case Errc::exhausted:
      return refuse(Status::too_many_requests,
                    "Too many wait, or too many attempts. Withdraw a request, or try again later.");
    case Errc::invalid_argument:
      return refuse(Status::bad_request, error.message);
    default:
      return refuse(Result<void>(Unexpected<Error>{error}));
  }
}

void name_grant(Call& call, const AccessGrant& grant) {
  call.object = "grant:" + grant.request.id.value().to_text();
  call.audit_organisation = grant.request.wish.organisation;
}

namespace {

// The grant that the path names, also for the trail, if the decider may know of it.
Result<GrantId, Problem> grant_in(Parts& parts, Call& call, const Decider& decider) {
  FASTNESS_ASSIGN_OR_RETURN(const auto id, call.id<GrantId>("grant_id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto grant, parts.accounts.access_grants().find(id));
  const bool is_seen =
      grant && (!decider.organisation || *decider.organisation == grant->request.wish.organisation);
  if (!is_seen) return refuse(Status::not_found, {});
  name_grant(call, *grant);
  return id;
}

Unexpected<Problem> refuse_signer(const Error& error) {
  if (error.code != Errc::not_found) return refuse_access(error);
  return refuse(Status::not_found,
                "You sign by a passkey, and have none for this address. Add one on the page "
                "Account.");
}

}  // namespace

Answer offer_approval(Parts& parts, const Call& call, const Decider& decider) {
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  FASTNESS_ASSIGN_OR_RETURN(const auto id, call.id<GrantId>("grant_id"));
  const auto offer =
      parts.accounts.access_grants().offer_approval(*call.caller.session, decider, id, *party);
  if (!offer) return refuse_signer(offer.error());
  return v1::show_offer(*offer, *party);
}

Answer approve_access(Parts& parts, Call& call, const Decider& decider) {
  FASTNESS_ASSIGN_OR_RETURN(const auto id, grant_in(parts, call, decider));
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  auto raw = v1::read_passkey_use(call);
  if (!raw) return propagate(std::move(raw));
  const auto grant =
      parts.accounts.access_grants().approve(*call.caller.session, decider, id, *raw, *party);
  if (!grant) return refuse_access(grant.error());
  return http::Response::empty(Status::no_content);
}

Answer end_access(Parts& parts, Call& call, const Decider& decider) {
  FASTNESS_ASSIGN_OR_RETURN(const auto id, grant_in(parts, call, decider));
  const auto grant = parts.accounts.access_grants().end(decider, id);
  if (!grant) return refuse_access(grant.error());
  call.audit_result = to_text(grant->state);
  return http::Response::empty(Status::no_content);
}

}  // namespace fastness::api
