// /api/v1/operator: what an operator of this server may ask for, approve, and do with it.
#include <array>
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/routes.h"
#include "api/staff/access_view.h"
#include "api/v1/passkey_use.h"
#include "api/v1/session_view.h"
#include "audit/audit_log.h"

namespace fastness::api {
namespace {

using accounts::AccessGrant;
using accounts::AccessWish;
using accounts::Decider;
using accounts::GrantId;
using http::Method;
using http::Status;
using v1::object;

Answer list_grants(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto grants, parts.accounts.access_grants().all());
  FASTNESS_ASSIGN_OR_REFUSE(const bool has_codes, parts.accounts.break_glass().are_there());
  FASTNESS_ASSIGN_OR_REFUSE(const auto passkeys, parts.accounts.passkeys().list(call.caller.user));
  return object(Status::ok, [&](json::Writer& out) {
    write(out, parts, grants);
    out.field("has_passkey", !passkeys.empty());
    out.field("has_sealed_codes", has_codes);
  });
}

Result<AccessWish, Problem> to_wish(const v1::AccessWish& said) {
  if (!said.organisation_id) {
    return refuse(Status::bad_request, "must be an organisation's id", "organisation_id");
  }
  AccessWish wish{
      OrganisationId(*said.organisation_id), {}, std::chrono::minutes(said.minutes), said.reason};
  for (const v1::Scope scope : said.scopes) wish.scopes.add(*accounts::parse_scope(to_text(scope)));
  return wish;
}

Unexpected<Problem> refuse_request(const Error& error) {
  if (error.code == Errc::permission_denied) {
    return refuse(Status::conflict,
                  "You are in this organisation anyway: its owner can give you another role.",
                  "organisation_id");
  }
  if (error.code != Errc::not_found) return refuse_access(error);
  return refuse(Status::not_found,
                "There is no such organisation, or you have no passkey for this address.",
                "organisation_id");
}

Answer draft_request(Parts& parts, const Call& call) {
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  auto said = v1::read_body<v1::AccessWish>(call);
  if (!said) return propagate(std::move(said));
  auto wish = to_wish(*said);
  if (!wish) return propagate(std::move(wish));
  const auto draft = parts.accounts.access_grants().draft(*call.caller.session, call.caller.user,
                                                          std::move(wish).value(), *party);
  if (!draft) return refuse_request(draft.error());
  auto response = object(Status::ok, [&](json::Writer& out) {
    out.field("grant_id", draft->request.id.value());
    out.begin_object("offer");
    v1::write_members(out, draft->offer, *party);
    out.end_object();
  });
  response.headers.set("cache-control", "no-store");
  return response;
}

Answer ask_for_access(Parts& parts, Call& call) {
  auto said = v1::read_body<v1::AskForAccessRequest>(call);
  if (!said) return propagate(std::move(said));
  auto wish = to_wish(said->wish);
  if (!wish) return propagate(std::move(wish));
  if (!said->grant_id) return refuse(Status::bad_request, "must be the draft's id", "grant_id");
  const accounts::AccessRequest request{GrantId(*said->grant_id), call.caller.user,
                                        std::move(wish).value()};
  call.object = "grant:" + request.id.value().to_text();
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  auto raw = v1::read_passkey_use(said->passkey);
  if (!raw) return propagate(std::move(raw));
  const auto grant =
      parts.accounts.access_grants().ask(*call.caller.session, request, *raw, *party);
  if (!grant) return refuse_request(grant.error());
  name_grant(call, *grant);
  json::Writer out;
  write(out, parts, *grant);
  return http::Response::json(Status::created, std::move(out).text());
}

Decider as_operator(const Call& call) {
  return {call.caller.user};
}

// One of the operator's own, of which the trail of whom it concerns shall tell.
Result<AccessGrant, Problem> own_grant(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const auto id, call.id<GrantId>("grant_id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto grant, parts.accounts.access_grants().find(id));
  if (!grant || grant->request.by != call.caller.user) return refuse(Status::not_found, {});
  name_grant(call, *grant);
  return *grant;
}

Answer offer_break_glass(Parts& parts, const Call& call) {
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  FASTNESS_ASSIGN_OR_RETURN(const auto id, call.id<GrantId>("grant_id"));
  const auto offer = parts.accounts.access_grants().offer_break_glass(*call.caller.session,
                                                                      call.caller.user, id, *party);
  if (!offer) return refuse_access(offer.error());
  return v1::show_offer(*offer, *party);
}

Answer break_glass(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const AccessGrant grant, own_grant(parts, call));
  auto said = v1::read_body<v1::BreakGlassRequest>(call);
  if (!said) return propagate(std::move(said));
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  auto raw = v1::read_passkey_use(said->passkey);
  if (!raw) return propagate(std::move(raw));
  const auto opened = parts.accounts.access_grants().break_glass(
      *call.caller.session, call.caller.user, grant.request.id,
      {said->codes.at(0), said->codes.at(1)}, *raw, *party);
  if (!opened && opened.error().code == Errc::unauthenticated) {
    return refuse(Status::forbidden,
                  "These are not two of the sealed codes, or your passkey did not sign in time.");
  }
  if (!opened) return refuse_access(opened.error());
  parts.log.error("glass_broken", {{"grant", call.object}, {"by", call.caller.person()}});
  return http::Response::empty(Status::no_content);
}

Answer enter(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const AccessGrant grant, own_grant(parts, call));
  FASTNESS_ASSIGN_OR_REFUSE(
      const auto live, parts.accounts.access_grants().live(grant.request.id, call.caller.user));
  if (!live) return refuse(Status::conflict, "Nobody has approved this, or its time is over.");
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.sessions().visit(*call.caller.session, grant.request.id));
  return show_session_anew(parts, call);
}

Answer go_back(Parts& parts, const Call& call) {
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.sessions().visit(*call.caller.session, std::nullopt));
  return show_session_anew(parts, call);
}

// What ends by itself has a line in the trail as well.
void record_end(audit::AuditLog& audit, telemetry::Log& log, const AccessGrant& grant) {
  const bool is_by_time =
      grant.state == accounts::GrantState::expired || grant.state == accounts::GrantState::lapsed;
  if (!is_by_time) return;
  const auto recorded = audit.record({grant.request.wish.organisation, "host", "access.expire",
                                      "grant:" + grant.request.id.value().to_text(), "",
                                      std::string(to_text(grant.state))});
  if (!recorded) log.error("audit_failed", {{"why", recorded.error().message}});
}

}  // namespace

void add_operator_routes(RouteList& routes, Parts& parts) {
  parts.accounts.access_grants().on_changed(
      [&audit = parts.audit, log = parts.log](const AccessGrant& grant) mutable {
        record_end(audit, log, grant);
      });
  const Access only = operator_only();
  routes.add(Method::get, "/api/v1/operator/grants", only, "", on(parts, list_grants));
  routes.add(Method::post, "/api/v1/operator/grants/options", only, "", on(parts, draft_request));
  routes.add(Method::post, "/api/v1/operator/grants", only, "access.ask",
             on(parts, ask_for_access));
  routes.add(Method::delete_, "/api/v1/operator/grants/{grant_id}", only, "access.end",
             [&parts](Call& call) { return end_access(parts, call, as_operator(call)); });
  routes.add(Method::post, "/api/v1/operator/grants/{grant_id}/approval/options", only, "",
             [&parts](Call& call) { return offer_approval(parts, call, as_operator(call)); });
  routes.add(Method::post, "/api/v1/operator/grants/{grant_id}/approval", only, "access.approve",
             [&parts](Call& call) { return approve_access(parts, call, as_operator(call)); });
  routes.add(Method::post, "/api/v1/operator/grants/{grant_id}/break-glass/options", only, "",
             on(parts, offer_break_glass));
  routes.add(Method::post, "/api/v1/operator/grants/{grant_id}/break-glass", only,
             "access.break_glass", on(parts, break_glass));
  routes.add(Method::post, "/api/v1/operator/grants/{grant_id}/visit", proven(only), "access.enter",
             on(parts, enter));
  routes.add(Method::delete_, "/api/v1/operator/visit", only, "", on(parts, go_back));
}

}  // namespace fastness::api
