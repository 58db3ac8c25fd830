// Coming in and going out: /api/v1/setup and /api/v1/session.
#include <memory>
#include <utility>

#include "accounts/accounts.h"
#include "api/access/own_page.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "api/v1/secret_text.h"
#include "api/v1/session_view.h"
#include "audit/audit_log.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using v1::object;
using v1::to_secret;

Unexpected<Problem> refuse_link() {
  return refuse(Status::unauthorized, "This link was used, or its thirty minutes are over.",
                "token");
}

std::string_view door_event_of(accounts::DoorAlarm::Kind kind) {
  switch (kind) {
    case accounts::DoorAlarm::Kind::new_place:
      return "session.new_place";
    case accounts::DoorAlarm::Kind::impossible_travel:
      return "session.impossible_travel";
    case accounts::DoorAlarm::Kind::wrong_passwords:
      return "session.many_wrong_passwords";
    case accounts::DoorAlarm::Kind::wrong_codes:
      return "session.many_wrong_codes";
    case accounts::DoorAlarm::Kind::carried_off:
      return "session.carried_off";
  }
  return {};
}

// Into its person's trail, beside the lines of the attempts, of which those of wrong passwords are
// the host's alone.
void record_door_alarm(audit::AuditLog& audit, telemetry::Log& log,
                       const accounts::DoorAlarm& alarm) {
  using Kind = accounts::DoorAlarm::Kind;
  const bool is_in = alarm.kind == Kind::new_place || alarm.kind == Kind::impossible_travel;
  const std::string event(door_event_of(alarm.kind));
  const std::string person = "user:" + alarm.user.id.value().to_text();
  const auto recorded = audit.record({alarm.user.organisation, is_in ? person : "anonymous", event,
                                      person, alarm.visitor.address, is_in ? "ok" : "refused"});
  if (alarm.kind != Kind::new_place) {
    log.warning("door_alarm",
                {{"audited_as", event}, {"user", person}, {"remote", alarm.visitor.address}});
  }
  if (!recorded) log.error("audit_failed", {{"why", recorded.error().message}});
}

Result<v1::SetupRequest, Problem> read_set_up(const Call& call) {
  FASTNESS_RETURN_IF_ERROR(check_own_page(call.request));
  auto request = v1::read_body<v1::SetupRequest>(call);
  if (!request) return request;
  const auto fit =
      accounts::check_password(request->password, request->email, request->organisation);
  if (!fit) return refuse(Status::bad_request, fit.error().message, "password");
  if (!accounts::normalise_email(request->email)) {
    return refuse(Status::bad_request, "must be an e-mail address", "email");
  }
  return request;
}

void set_up(Parts& parts, const std::shared_ptr<Call>& call, const Reply& reply) {
  auto request = read_set_up(*call);
  if (!request) return reply(propagate(std::move(request)));
  v1::SetupRequest fields = std::move(request).value();
  parts.accounts.sign_in().set_up(
      std::move(fields.token), std::move(fields.email), to_secret(fields.password),
      std::move(fields.organisation), visitor_of(call->request),
      [&parts, call, reply](const Result<accounts::Entered>& made) {
        if (made) return reply(answer_to(parts, *call, *made));
        if (made.error().code == Errc::unauthenticated) {
          return reply(refuse_link());
        }
        if (made.error().code == Errc::already_exists) {
          return reply(refuse(Status::conflict, "This address has an account already.", "email"));
        }
        if (accounts::is_for_breach(made.error())) {
          return reply(refuse(Status::bad_request, made.error().message, "password"));
        }
        reply(Unexpected<Problem>{refusal_at_the_door(made.error())});
      });
}

Answer look_up_link(Parts& parts, const Call& call) {
  FASTNESS_RETURN_IF_ERROR(check_own_page(call.request));
  auto request = v1::read_body<v1::SetupToken>(call);
  if (!request) return propagate(std::move(request));
  const auto offer = parts.accounts.sign_in().look_up(request->token, call.request.peer.address);
  if (!offer && offer.error().code == Errc::unauthenticated) return refuse_link();
  if (!offer) return Unexpected<Problem>{refusal_at_the_door(offer.error())};
  return object(Status::ok, [&](json::Writer& out) {
    out.field("has_password", offer->has_password);
    if (offer->email.empty()) return;
    out.field("email", offer->email);
    out.field("organisation", offer->organisation);
  });
}

void sign_in(Parts& parts, const std::shared_ptr<Call>& call, const Reply& reply) {
  if (!is_same_site(call->request)) return reply(refuse_foreign_page());
  auto request = v1::read_body<v1::SignInRequest>(*call);
  if (!request) return reply(propagate(std::move(request)));
  v1::SignInRequest fields = std::move(request).value();
  parts.accounts.sign_in().enter(
      fields.email, to_secret(fields.password), visitor_of(call->request),
      [&parts, call, reply](const Result<accounts::Entered>& made) {
        if (made) return reply(answer_to(parts, *call, *made));
        if (made.error().code == Errc::unauthenticated) {
          return reply(refuse(Status::unauthorized, "The e-mail or the password is wrong."));
        }
        reply(Unexpected<Problem>{refusal_at_the_door(made.error())});
      });
}

Answer give_code(Parts& parts, Call& call) {
  FASTNESS_RETURN_IF_ERROR(check_own_page(call.request));
  auto request = v1::read_body<v1::GiveCodeRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto followed =
      parts.accounts.sign_in().give_code(request->token, request->code, visitor_of(call.request));
  // Whoever has the password and not the code is its person's business.
  call.audit_organisation = followed.organisation;
  const auto& made = followed.session;
  if (made) return welcome(parts, call, *made);
  if (made.error().code == Errc::unauthenticated) {
    return refuse(Status::unauthorized, "This code is wrong, or was used.", "code");
  }
  if (made.error().code == Errc::not_found) {
    return refuse(Status::unauthorized, "This took too long, or too many codes. Sign in again.",
                  "token");
  }
  return Unexpected<Problem>{refusal_at_the_door(made.error())};
}

Answer sign_out(Parts& parts, const Call& call) {
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.sessions().end(*call.caller.session));
  auto response = http::Response::empty(Status::no_content);
  response.headers.set("set-cookie", make_expired_cookie(call.request.peer.channel));
  return response;
}

}  // namespace

void add_session_routes(RouteList& routes, Parts& parts) {
  parts.accounts.sign_in().on_alarm(
      [&audit = parts.audit, log = parts.log](const accounts::DoorAlarm& alarm) mutable {
        record_door_alarm(audit, log, alarm);
      });
  routes.add(Method::get, "/api/v1/setup/status", anyone(), "", [&parts](Call&) -> Answer {
    FASTNESS_ASSIGN_OR_REFUSE(const bool is_open, parts.accounts.setup_links().is_open());
    return object(Status::ok, [&](json::Writer& out) {
      out.field("open", is_open);
      out.field("environment", to_text(parts.environment));
    });
  });
  routes.add(Method::post, "/api/v1/setup/link", anyone(), "",
             [&parts](Call& call) { return look_up_link(parts, call); });
  routes.add_async(Method::post, "/api/v1/setup", anyone(), "setup.use",
                   [&parts](const auto& call, const auto& reply) { set_up(parts, call, reply); });
  routes.add_async(Method::post, "/api/v1/session", anyone(), "session.create",
                   [&parts](const auto& call, const auto& reply) { sign_in(parts, call, reply); });
  routes.add(Method::post, "/api/v1/session/factor", anyone(), "session.give_code",
             on(parts, give_code));
  routes.add(Method::get, "/api/v1/session", early(person()), "", [&parts](Call& call) -> Answer {
    return show_session(parts, Status::ok, call.caller);
  });
  routes.add(Method::delete_, "/api/v1/session", early(person()), "session.end",
             on(parts, sign_out));
}

}  // namespace fastness::api
