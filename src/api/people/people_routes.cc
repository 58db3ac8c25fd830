// /api/v1/people and /api/v1/organisation: who is in it, as what, and where a session works.
#include <optional>
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/people/given_things.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "api/v1/session_view.h"

namespace fastness::api {
namespace {

using accounts::Membership;
using accounts::Role;
using http::Method;
using http::Status;
using v1::object;

// An address that cannot be opened now is left empty: the person is still there to be let go.
void write_person(json::Writer& out, Parts& parts, const Membership& person, const Caller& caller) {
  const auto email = parts.accounts.users().email(person.user);
  out.begin_object();
  out.field("user_id", person.user.value());
  out.field("email", email ? *email : std::string());
  out.field("role", to_text(person.role));
  out.field("since", person.since);
  write_given_things(out, parts, person.organisation, person.things);
  out.field("you", person.user == caller.user);
  out.end_object();
}

void write_invitation(json::Writer& out, const Parts& parts,
                      const accounts::Invitations::Listed& listed) {
  out.begin_object();
  out.field("id", listed.invitation.id.value());
  out.field("email", listed.email);
  out.field("role", to_text(listed.invitation.role));
  write_given_things(out, parts, listed.invitation.organisation, listed.invitation.things);
  out.field("created_at", listed.invitation.created_at);
  out.field("expires_at", listed.invitation.expires_at);
  out.end_object();
}

// Everybody sees themselves; who else is here is for those who decide it.
Answer list(Parts& parts, const Call& call) {
  const Caller& caller = call.caller;
  const bool sees_all = is_at_least(caller.role, Role::administrator);
  FASTNESS_ASSIGN_OR_REFUSE(const auto people,
                            parts.accounts.members().of_organisation(caller.organisation));
  std::vector<accounts::Invitations::Listed> invitations;
  if (sees_all) {
    FASTNESS_ASSIGN_OR_REFUSE(invitations, parts.accounts.invitations().list(caller.organisation));
  }
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("people");
    for (const Membership& person : people) {
      if (sees_all || person.user == caller.user) write_person(out, parts, person, caller);
    }
    out.end_array();
    out.begin_array("invitations");
    for (const auto& each : invitations) write_invitation(out, parts, each);
    out.end_array();
    out.field("mails", static_cast<bool>(parts.mail_to));
  });
}

Unexpected<Problem> refuse_change(const Result<void>& failed) {
  if (failed.error().code == Errc::permission_denied) {
    return refuse(Status::forbidden,
                  "Your own role does not give or take that one. An administrator changes members "
                  "and viewers; the owner changes administrators too.");
  }
  return refuse(failed);
}

Answer set_role(Parts& parts, const Call& call) {
  auto request = v1::read_body<v1::SetRoleRequest>(call);
  if (!request) return propagate(std::move(request));
  FASTNESS_ASSIGN_OR_RETURN(const auto user, call.id<UserId>("user_id"));
  const Role role = *accounts::parse_role(to_text(request->role));
  const auto done =
      parts.accounts.members().set_role(call.caller.organisation, call.caller.role, user, role);
  if (!done) return refuse_change(done);
  return http::Response::empty(Status::no_content);
}

Answer set_things(Parts& parts, const Call& call) {
  auto request = v1::read_body<v1::SetPersonsThingsRequest>(call);
  if (!request) return propagate(std::move(request));
  FASTNESS_ASSIGN_OR_RETURN(const auto user, call.id<UserId>("user_id"));
  const OrganisationId organisation = call.caller.organisation;
  auto things = read_given_things(parts, organisation, request->things, "things");
  if (!things) return propagate(std::move(things));
  const auto done =
      parts.accounts.members().set_things(organisation, call.caller.role, user, *things);
  if (!done) return refuse_change(done);
  return http::Response::empty(Status::no_content);
}

Answer remove(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const auto user, call.id<UserId>("user_id"));
  const Caller& caller = call.caller;
  accounts::Members& members = parts.accounts.members();
  if (user == caller.user) {
    const auto left = members.leave(caller.organisation, user);
    if (!left && left.error().code == Errc::permission_denied) {
      return refuse(Status::conflict,
                    "You own this organisation. Hand it over to somebody who is in it first.");
    }
    if (!left) return refuse(left);
    return http::Response::empty(Status::no_content);
  }
  // To whoever does not decide it, nobody else is here.
  if (!is_at_least(caller.role, Role::administrator)) return refuse(Status::not_found, {});
  const auto done = members.remove(caller.organisation, caller.role, user);
  if (!done) return refuse_change(done);
  return http::Response::empty(Status::no_content);
}

Answer hand_over(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const auto user, call.id<UserId>("user_id"));
  const auto done = parts.accounts.hand_over(call.caller.organisation, call.caller.user, user,
                                             accounts::Invitations::kOwnName);
  if (!done && done.error().code == Errc::permission_denied) {
    return refuse(Status::conflict, "It is theirs already.");
  }
  if (!done) return refuse(done);
  return http::Response::empty(Status::no_content);
}

Answer rename(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::RenameOrganisationRequest>(call);
  if (!request) return propagate(std::move(request));
  call.object = "organisation:" + call.caller.organisation.value().to_text();
  FASTNESS_REFUSE_IF_ERROR(
      parts.accounts.users().rename_organisation(call.caller.organisation, request->name));
  return http::Response::empty(Status::no_content);
}

Answer work_in(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::WorkInRequest>(call);
  if (!request) return propagate(std::move(request));
  if (!request->organisation) {
    return refuse(Status::bad_request, "must be an organisation's id", "organisation");
  }
  const OrganisationId organisation(*request->organisation);
  call.object = "organisation:" + organisation.value().to_text();
  FASTNESS_ASSIGN_OR_REFUSE(const auto role,
                            parts.accounts.members().role(organisation, call.caller.user));
  if (!role) return refuse(Status::not_found, "You are in no such organisation.", "organisation");
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.sessions().work_in(*call.caller.session, organisation));
  return show_session_anew(parts, call);
}

Answer view_as(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::ViewAsRequest>(call);
  if (!request) return propagate(std::move(request));
  call.object = call.caller.person();
  const Role role = *accounts::parse_role(to_text(request->role));
  if (role >= call.caller.role) {
    return refuse(Status::bad_request, "must be less than your own role", "role");
  }
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.sessions().view_as(*call.caller.session, role));
  return show_session_anew(parts, call);
}

Answer view_as_self(Parts& parts, Call& call) {
  call.object = call.caller.person();
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.sessions().view_as(*call.caller.session, std::nullopt));
  return show_session_anew(parts, call);
}

}  // namespace

void add_people_routes(RouteList& routes, Parts& parts) {
  const Access anybody = in_role(Role::guest);
  const Access deciding = proven(in_role(Role::administrator));
  routes.add(Method::get, "/api/v1/people", anybody, "", on(parts, list));
  routes.add(Method::put, "/api/v1/people/{user_id}", deciding, "person.set_role",
             on(parts, set_role));
  routes.add(Method::put, "/api/v1/people/{user_id}/things", deciding, "person.set_things",
             on(parts, set_things));
  // Letting somebody go is quick, and so is leaving.
  routes.add(Method::delete_, "/api/v1/people/{user_id}", anybody, "person.remove",
             on(parts, remove));
  routes.add(Method::post, "/api/v1/people/{user_id}/hand-over", proven(in_role(Role::owner)),
             "organisation.hand_over", on(parts, hand_over));
  routes.add(Method::put, "/api/v1/organisation", in_role(Role::owner), "organisation.rename",
             on(parts, rename));
  routes.add(Method::put, "/api/v1/session/organisation", person(), "session.work_in",
             on(parts, work_in));
  routes.add(Method::put, "/api/v1/session/view", in_role(Role::administrator), "session.view_as",
             on(parts, view_as));
  routes.add(Method::delete_, "/api/v1/session/view", person(), "session.view_as_self",
             on(parts, view_as_self));
}

}  // namespace fastness::api
