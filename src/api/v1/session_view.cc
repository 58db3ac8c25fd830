#include "api/v1/session_view.h"

#include <string>
#include <variant>

#include "accounts/accounts.h"
#include "api/v1/body.h"

namespace fastness::api {
namespace {

void write_organisations(json::Writer& out, Parts& parts, const Caller& caller) {
  const auto memberships = parts.accounts.members().of_user(caller.user);
  out.begin_array("organisations");
  if (memberships) {
    for (const accounts::Membership& each : *memberships) {
      const auto organisation = parts.accounts.users().organisation(each.organisation);
      out.begin_object();
      out.field("id", each.organisation.value());
      out.field("name", organisation ? organisation->name : std::string());
      out.field("role", to_text(each.role));
      out.field("own", each.organisation == caller.home);
      out.end_object();
    }
  }
  out.end_array();
}

void write_scopes(json::Writer& out, accounts::Scopes scopes) {
  out.begin_array("scopes");
  for (const accounts::Scope scope : scopes.list()) out.value(to_text(scope));
  out.end_array();
}

void write_visit(json::Writer& out, Parts& parts, const Caller& caller) {
  if (!caller.grant) return;
  const auto grant = parts.accounts.access_grants().find(*caller.grant);
  if (!grant || !*grant) return;
  out.begin_object("visit");
  out.field("grant_id", caller.grant->value());
  out.field("until", (*grant)->until);
  out.field("reason", (*grant)->request.wish.reason);
  out.end_object();
}

// What they may do with single things beyond that.
void write_things(json::Writer& out, const Caller& caller) {
  out.begin_array("things");
  if (caller.things) {
    for (const auto& [thing, scopes] : *caller.things) {
      out.begin_object();
      out.field("thing_id", thing.value());
      write_scopes(out, scopes);
      out.end_object();
    }
  }
  out.end_array();
}

// The password was right, or a provider vouches for them. The line in the person's trail says that
// no more was shown.
Answer ask_for_code(Call& call, const accounts::FactorNeeded& needed) {
  call.audit_organisation = needed.organisation;
  call.object = "user:" + needed.user.value().to_text();
  call.audit_result = "factor_needed";
  return v1::object(http::Status::ok, [&](json::Writer& out) {
    out.field("factor_token", needed.token);
    out.field("expires_at", needed.expires_at);
  });
}

}  // namespace

http::Response show_session(Parts& parts, http::Status status, const Caller& caller) {
  const auto email = parts.accounts.users().email(caller.user);
  const auto organisation = parts.accounts.users().organisation(caller.organisation);
  return v1::object(status, [&](json::Writer& out) {
    out.begin_object("user");
    out.field("id", caller.user.value());
    out.field("email", email ? *email : std::string());
    out.end_object();
    out.begin_object("organisation");
    out.field("id", caller.organisation.value());
    out.field("name", organisation ? organisation->name : std::string());
    out.end_object();
    out.field("role", to_text(caller.role));
    out.field("viewing", caller.is_viewing);
    out.field("operator", caller.is_operator);
    out.field("second_factor", to_text(caller.owes));
    write_visit(out, parts, caller);
    write_scopes(out, caller.scopes);
    write_things(out, caller);
    write_organisations(out, parts, caller);
    out.field("environment", to_text(parts.environment));
    out.field("csrf", caller.csrf);
    out.field("expires_at", *caller.session_expires_at);
  });
}

Answer show_session_anew(Parts& parts, const Call& call) {
  auto again = parts.accounts.sessions().look(*call.caller.session);
  if (!again) return refuse(again);
  auto caller = caller_of(*again, call.caller.csrf, parts.accounts);
  if (!caller) return refuse(caller);
  return show_session(parts, http::Status::ok, *caller);
}

Answer welcome(Parts& parts, Call& call, const accounts::NewSession& made) {
  if (const auto old = call.request.cookie(session_cookie_name(call.request.peer.channel))) {
    FASTNESS_REFUSE_IF_ERROR(parts.accounts.sessions().end_token(*old));
  }
  FASTNESS_ASSIGN_OR_REFUSE(call.caller,
                            caller_of({made.id, made.session}, made.csrf, parts.accounts));
  call.object = call.caller.person();
  auto response = show_session(parts, http::Status::created, call.caller);
  response.headers.set("set-cookie", make_session_cookie(call.request.peer.channel, made.token));
  return response;
}

Problem refusal_at_the_door(const Error& error) {
  Problem problem = to_problem(error);
  if (error.code == Errc::permission_denied) {
    problem.message =
        "Whoever runs this server suspended this account. Ask them: nothing was deleted.";
    problem.code = kAccountSuspended;
  }
  return problem;
}

Answer answer_to(Parts& parts, Call& call, const accounts::Entered& entered) {
  if (const auto* needed = std::get_if<accounts::FactorNeeded>(&entered)) {
    return ask_for_code(call, *needed);
  }
  return welcome(parts, call, std::get<accounts::NewSession>(entered));
}

}  // namespace fastness::api
