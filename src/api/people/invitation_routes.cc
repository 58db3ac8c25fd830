// /api/v1/invitations: how people come into an organisation.
#include <memory>
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/access/own_page.h"
#include "api/people/given_things.h"
#include "api/people/invitation_letter.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "api/v1/secret_text.h"
#include "api/v1/session_view.h"

namespace fastness::api {
namespace {

using accounts::Role;
using http::Method;
using http::Status;
using v1::object;

Unexpected<Problem> refuse_token() {
  return refuse(
      Status::unauthorized,
      "This invitation was used or withdrawn, or its seven days are over. Ask for another.",
      "token");
}

// By the server's own name and not by that of the request: whoever invites could have a link to
// anywhere mailed by this server otherwise.
std::string link_of(const Parts& parts, const std::string& token) {
  const Reach reach = parts.reach();
  return (reach.console_elsewhere.empty() ? reach.console : reach.console_elsewhere) +
         "invitation#" + token;
}

Answer show_made(const accounts::NewInvitation& made, const std::string& link) {
  auto response = object(Status::created, [&](json::Writer& out) {
    out.field("id", made.invitation.id.value());
    out.field("email", made.email);
    out.field("expires_at", made.invitation.expires_at);
    out.field("mailed", link.empty());
    if (!link.empty()) out.field("link", link);
  });
  response.headers.set("cache-control", "no-store");
  return response;
}

Unexpected<Problem> refuse_invitation(const Error& error) {
  switch (error.code) {
    case Errc::invalid_argument:
      return refuse(Status::bad_request, "must be an e-mail address", "email");
    case Errc::permission_denied:
      return refuse(Status::forbidden, "Your own role does not give that one.", "role");
    case Errc::already_exists:
      return refuse(Status::conflict, "This address is in the organisation already.", "email");
    case Errc::exhausted:
      return refuse(Status::too_many_requests, "That did not work: " + error.message + ".");
    default:
      return {to_problem(error)};
  }
}

// Who has an account reads what they chose; of nobody else it is known, so what the inviter reads.
wording::Language language_for(Parts& parts, const std::string& email, UserId inviter) {
  accounts::Users& users = parts.accounts.users();
  const auto known = users.find_by_email(email);
  const auto language = users.language(known ? known->id : inviter);
  return language ? *language : wording::Language::english;
}

// Mailed, the link is for whoever reads that address and nobody else. It is worth nothing if it
// did not arrive, and is shown to whoever made it only where the server mails nobody.
void bring(Parts& parts, const std::shared_ptr<Call>& call, const accounts::NewInvitation& made,
           const Reply& reply) {
  const std::string link = link_of(parts, made.token);
  if (!parts.mail_to) return reply(show_made(made, link));
  const auto inviter = parts.accounts.users().email(call->caller.user);
  const wording::Letter letter =
      invitation_letter(made.invitation, inviter ? *inviter : std::string(), link);
  const wording::Language language = language_for(parts, made.email, call->caller.user);
  parts.mail_to(
      made.email, letter.in(language), [&parts, made, reply](const Result<void>& delivered) {
        if (delivered) return reply(show_made(made, {}));
        parts.log.warning("invitation_not_mailed", {{"error", delivered.error().message}});
        // Nobody has the link. If this fails, it ends by itself.
        static_cast<void>(parts.accounts.invitations()
                              .withdraw(made.invitation.organisation, made.invitation.id)
                              .has_value());
        reply(refuse(
            Status::service_unavailable,
            "The invitation could not be mailed. Is the address right? Then try again; if it "
            "stays so, whoever runs this server finds the reason in its log."));
      });
}

void invite(Parts& parts, const std::shared_ptr<Call>& call, const Reply& reply) {
  auto request = v1::read_body<v1::InviteRequest>(*call);
  if (!request) return reply(propagate(std::move(request)));
  const Caller& caller = call->caller;
  auto things =
      read_given_things(parts, caller.organisation,
                        request->things.value_or(std::vector<v1::ThingGrant>()), "things");
  if (!things) return reply(propagate(std::move(things)));
  const auto made = parts.accounts.invitations().create(
      caller.organisation, caller.user, caller.role, request->email,
      *accounts::parse_role(to_text(request->role)), std::move(things).value());
  if (!made) return reply(refuse_invitation(made.error()));
  call->object = "invitation:" + made->invitation.id.value().to_text();
  bring(parts, call, *made, reply);
}

Answer withdraw(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const auto id, call.id<accounts::InvitationId>("invitation_id"));
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.invitations().withdraw(call.caller.organisation, id));
  return http::Response::empty(Status::no_content);
}

Answer look_up(Parts& parts, const Call& call) {
  FASTNESS_RETURN_IF_ERROR(check_own_page(call.request));
  auto request = v1::read_body<v1::InvitationToken>(call);
  if (!request) return propagate(std::move(request));
  const auto offer = parts.accounts.invitations().look_up(request->token);
  if (!offer && offer.error().code == Errc::unauthenticated) return refuse_token();
  if (!offer) return refuse(offer);
  return object(Status::ok, [&](json::Writer& out) {
    out.field("email", offer->email);
    out.field("organisation", offer->organisation);
    out.field("role", to_text(offer->invitation.role));
    out.field("expires_at", offer->invitation.expires_at);
    out.field("has_account", offer->has_account);
  });
}

// Into the trail of the organisation that somebody came into.
void note_in_trail(Call& call, const accounts::Membership& membership) {
  call.audit_organisation = membership.organisation;
  call.object = "user:" + membership.user.value().to_text();
}

Answer accept(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::InvitationToken>(call);
  if (!request) return propagate(std::move(request));
  const auto came = parts.accounts.invitations().accept(request->token, call.caller.user);
  if (!came) {
    switch (came.error().code) {
      case Errc::unauthenticated:
        return refuse_token();
      case Errc::permission_denied:
        return refuse(Status::forbidden,
                      "This invitation is for another address than the one you signed in with.");
      case Errc::already_exists:
        return refuse(Status::conflict, "You are in this organisation already.");
      default:
        return refuse(came);
    }
  }
  note_in_trail(call, *came);
  FASTNESS_REFUSE_IF_ERROR(
      parts.accounts.sessions().work_in(*call.caller.session, came->organisation));
  return show_session_anew(parts, call);
}

void join(Parts& parts, const std::shared_ptr<Call>& call, const Reply& reply) {
  if (!is_same_site(call->request)) return reply(refuse_foreign_page());
  auto request = v1::read_body<v1::JoinRequest>(*call);
  if (!request) return reply(propagate(std::move(request)));
  v1::JoinRequest fields = std::move(request).value();
  parts.accounts.invitations().join(
      std::move(fields.token), v1::to_secret(fields.password), visitor_of(call->request),
      [&parts, call, reply](const Result<accounts::NewSession>& made) {
        if (made) {
          auto answer = welcome(parts, *call, *made);
          call->audit_organisation = call->caller.organisation;
          return reply(std::move(answer));
        }
        if (made.error().code == Errc::unauthenticated) return reply(refuse_token());
        if (made.error().code == Errc::already_exists) {
          return reply(refuse(Status::conflict,
                              "This address has an account. Sign in with it, then accept."));
        }
        if (made.error().code == Errc::invalid_argument) {
          return reply(refuse(Status::bad_request, made.error().message, "password"));
        }
        reply(refuse(made));
      });
}

}  // namespace

void add_invitation_routes(RouteList& routes, Parts& parts) {
  routes.add_async(Method::post, "/api/v1/invitations", proven(in_role(Role::administrator)),
                   "invitation.create",
                   [&parts](const auto& call, const auto& reply) { invite(parts, call, reply); });
  routes.add(Method::delete_, "/api/v1/invitations/{invitation_id}", in_role(Role::administrator),
             "invitation.withdraw", on(parts, withdraw));
  routes.add(Method::post, "/api/v1/invitations/look-up", anyone(), "", on(parts, look_up));
  routes.add(Method::post, "/api/v1/invitations/accept", person(), "invitation.accept",
             on(parts, accept));
  routes.add_async(Method::post, "/api/v1/invitations/join", anyone(), "invitation.join",
                   [&parts](const auto& call, const auto& reply) { join(parts, call, reply); });
}

}  // namespace fastness::api
