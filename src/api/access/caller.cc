#include "api/access/caller.h"

#include <algorithm>
#include <utility>

#include "accounts/sign_in/browser_name.h"
#include "api/access/own_page.h"
#include "http/syntax/fields.h"

namespace fastness::api {
namespace {

using http::Status;

// An operator who is let into somebody's organisation is nobody there, but for what they were
// granted. Whether that is so; no longer, if the grant is over.
Result<bool> find_visit(const accounts::Sessions::Found& found, accounts::Accounts& accounts,
                        Caller& caller) {
  const auto visiting = accounts.sessions().visiting(found.id);
  if (!visiting) return false;
  FASTNESS_ASSIGN_OR_RETURN(const auto grant,
                            accounts.access_grants().live(*visiting, found.session.user));
  if (!grant) return false;
  caller.grant = grant->request.id;
  caller.organisation = grant->request.wish.organisation;
  caller.role = accounts::Role::guest;
  caller.scopes = grant->request.wish.scopes;
  return true;
}

// Where a session works and as what. Whoever is no longer in an organisation works in their own.
Result<void> find_role(const accounts::Sessions::Found& found, accounts::Accounts& accounts,
                       Caller& caller) {
  const accounts::Session& session = found.session;
  const OrganisationId works_in = session.works_in.value_or(session.organisation);
  for (const OrganisationId organisation : {works_in, session.organisation}) {
    FASTNESS_ASSIGN_OR_RETURN(const auto standing,
                              accounts.members().standing(organisation, session.user));
    if (!standing) continue;
    caller.organisation = organisation;
    caller.role = standing->role;
    const auto viewed_as = accounts.sessions().viewed_as(found.id);
    caller.is_viewing = viewed_as && *viewed_as < caller.role;
    if (caller.is_viewing) {
      caller.role = *viewed_as;
    } else {
      caller.things = standing->things;
    }
    caller.scopes = accounts::scopes_of(caller.role);
    return {};
  }
  return fail(Errc::unauthenticated, "the session's person is in no organisation");
}

// Whether two factors are still owed in a session, and whether its person has a second one.
Result<Caller::Owes> find_debt(const accounts::Session& session, accounts::Accounts& accounts) {
  if (!accounts.sessions().owes_factor(session)) return Caller::Owes::nothing;
  FASTNESS_ASSIGN_OR_RETURN(const bool has_app, accounts.factors().has(session.user));
  FASTNESS_ASSIGN_OR_RETURN(const auto passkeys, accounts.passkeys().list(session.user));
  return has_app || !passkeys.empty() ? Caller::Owes::to_show : Caller::Owes::to_add;
}

Result<Caller, Problem> from_session(const http::Request& request, std::string_view raw_token,
                                     accounts::Accounts& accounts) {
  auto found = accounts.sign_in().resume(raw_token, visitor_of(request));
  if (!found) return refuse(found);
  if (!http::is_safe(request.method)) {
    const auto proof = request.headers.find("x-fastness-csrf");
    if (!is_same_site(request) || !proof || !accounts.sessions().is_csrf(raw_token, *proof)) {
      return refuse_foreign_page();
    }
  }
  auto caller = caller_of(*found, accounts.sessions().csrf(raw_token), accounts);
  if (!caller) return refuse(caller);
  return std::move(caller).value();
}

Result<Caller, Problem> from_token(std::string_view raw_token, std::string_view address,
                                   accounts::Accounts& accounts) {
  auto bearer = accounts.verify(raw_token, address);
  if (!bearer) return refuse(bearer);
  Caller caller;
  caller.kind = Caller::Kind::api_key;
  caller.organisation = bearer->organisation;
  caller.user = bearer->user;
  caller.scopes = bearer->scopes;
  caller.things = bearer->things;
  caller.client_id = bearer->client_id;
  FASTNESS_ASSIGN_OR_REFUSE(const auto role,
                            accounts.members().role(bearer->organisation, bearer->user));
  caller.role = role.value_or(accounts::Role::guest);
  accounts.api_keys().used(caller.client_id, address);
  return caller;
}

Result<Caller, Problem> from_credentials(const http::Request& request, accounts::Accounts& accounts,
                                         ClaimCodes claim_codes) {
  // The peer of the admin socket was proved by the kernel; headers add nothing.
  if (request.peer.channel == http::Channel::admin) {
    Caller caller;
    caller.kind = Caller::Kind::host;
    return caller;
  }
  if (request.headers.find("authorization")) {
    const auto authorization = http::authorization(request.headers);
    if (authorization && authorization->scheme == "basic" && claim_codes == ClaimCodes::taken) {
      Caller caller;
      caller.kind = Caller::Kind::claimant;
      return caller;
    }
    if (!authorization || authorization->scheme != "bearer") {
      return refuse(Status::unauthorized, "Send one bearer token.");
    }
    return from_token(authorization->credentials, request.peer.address, accounts);
  }
  if (const auto cookie = request.cookie(session_cookie_name(request.peer.channel))) {
    return from_session(request, *cookie, accounts);
  }
  Caller caller;
  if (request.peer.leaf_digest) {
    caller.kind = Caller::Kind::certificate;
    caller.leaf = request.peer.leaf_digest;
  }
  return caller;
}

}  // namespace

bool Caller::may(accounts::Scope scope, ThingId thing) const {
  return scopes.has(scope) || scopes_of(things, thing).has(scope);
}

bool Caller::may_of_some(accounts::Scope scope) const {
  return scopes.has(scope) || (things && std::ranges::any_of(*things, [&](const auto& each) {
                                 return each.second.has(scope);
                               }));
}

std::string Caller::actor() const {
  switch (kind) {
    case Kind::session:
      if (grant) return "grant:" + grant->value().to_text();
      return person();
    case Kind::api_key:
      return "api_key:" + client_id;
    case Kind::host:
      return "host";
    case Kind::certificate:
      return leaf ? "certificate:" + to_hex(*leaf) : "anonymous";
    case Kind::claimant:
      if (claim_code_id.empty()) return leaf ? "certificate:" + to_hex(*leaf) : "anonymous";
      return (leaf ? "claim_certificate:" : "claim_code:") + claim_code_id;
    case Kind::anonymous:
      break;
  }
  return "anonymous";
}

Result<Caller> caller_of(const accounts::Sessions::Found& found, std::string csrf,
                         accounts::Accounts& accounts) {
  Caller caller;
  caller.kind = Caller::Kind::session;
  FASTNESS_ASSIGN_OR_RETURN(const bool is_visit, find_visit(found, accounts, caller));
  if (!is_visit) FASTNESS_RETURN_IF_ERROR(find_role(found, accounts, caller));
  caller.home = found.session.organisation;
  caller.user = found.session.user;
  caller.session = found.id;
  caller.session_expires_at = found.session.expires_at;
  caller.csrf = std::move(csrf);
  caller.is_proven = accounts.sessions().is_proven(found.session);
  caller.is_operator = accounts.operators().has(found.session.user);
  FASTNESS_ASSIGN_OR_RETURN(caller.owes, find_debt(found.session, accounts));
  return caller;
}

std::string_view to_text(Caller::Owes owes) {
  switch (owes) {
    case Caller::Owes::nothing:
      return "nothing";
    case Caller::Owes::to_show:
      return "to_show";
    case Caller::Owes::to_add:
      return "to_add";
  }
  return "nothing";
}

std::string_view session_cookie_name(http::Channel channel) {
  return channel == http::Channel::loopback ? "session" : "__Host-session";
}

std::string make_session_cookie(http::Channel channel, const std::string& token) {
  const std::string secure = channel == http::Channel::loopback ? "" : "; Secure";
  const auto seconds = std::chrono::seconds(accounts::Sessions::kLongest).count();
  return std::string(session_cookie_name(channel)) + "=" + token + "; Path=/" + secure +
         "; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds);
}

std::string make_expired_cookie(http::Channel channel) {
  const std::string secure = channel == http::Channel::loopback ? "" : "; Secure";
  return std::string(session_cookie_name(channel)) + "=; Path=/" + secure +
         "; HttpOnly; SameSite=Strict; Max-Age=0";
}

bool may_see(const Caller& caller, const accounts::ApiKey& key) {
  return key.organisation == caller.organisation &&
         (key.user == caller.user || is_at_least(caller.role, accounts::Role::administrator));
}

bool may_end(const Caller& caller, const accounts::ApiKey& key) {
  if (caller.kind == Caller::Kind::api_key) return key.client_id == caller.client_id;
  return caller.kind == Caller::Kind::session && may_see(caller, key);
}

bool is_same_site(const http::Request& request) {
  if (const auto site = request.headers.find("sec-fetch-site")) {
    return *site == "same-origin" || *site == "none";
  }
  const auto origin = request.headers.find("origin");
  if (!origin) return true;
  const std::string_view scheme =
      request.peer.channel == http::Channel::loopback ? "http://" : "https://";
  if (!origin->starts_with(scheme)) return false;
  const auto host = http::parse_host(origin->substr(scheme.size()));
  return host && host->name == request.host.name && host->port == request.host.port;
}

accounts::Visitor visitor_of(const http::Request& request) {
  return {request.peer.address,
          accounts::browser_name(request.headers.find("user-agent").value_or(""))};
}

Result<Caller, Problem> identify(const http::Request& request, accounts::Accounts& accounts,
                                 ClaimCodes claim_codes) {
  auto caller = from_credentials(request, accounts, claim_codes);
  if (!caller) return caller;
  const bool has_organisation =
      caller->kind == Caller::Kind::session || caller->kind == Caller::Kind::api_key;
  if (const auto wanted = request.headers.find("x-organization"); wanted && has_organisation) {
    const auto id = Uuid::parse(*wanted);
    if (!id || OrganisationId(*id) != caller->organisation) {
      return refuse(Status::forbidden,
                    caller->kind == Caller::Kind::session
                        ? "This page shows another organisation than the one you work in now. Load "
                          "it again."
                        : "These credentials are not of that organisation.");
    }
  }
  return caller;
}

}  // namespace fastness::api
