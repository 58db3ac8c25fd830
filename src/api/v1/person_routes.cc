// What a person does with their own account: /api/v1/account, their sessions, and proving again
// who they are.
#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "api/v1/secret_text.h"
#include "api/v1/views.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using v1::object;
using v1::to_secret;

// RFC 3986, 2.1: all but the unreserved characters.
std::string in_uri(std::string_view text) {
  constexpr std::string_view kPlain = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += "%" + to_hex(ByteView(&byte, 1));
    }
  }
  return out;
}

// As apps read it. They show issuer and address, so that two accounts can be told apart.
std::string app_uri(std::string_view email, std::string_view host, std::string_view secret) {
  const std::string issuer = in_uri("Fastness " + std::string(host));
  return "otpauth://totp/" + issuer + ":" + in_uri(email) + "?secret=" + std::string(secret) +
         "&issuer=" + issuer;
}

Answer show_account(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto state, parts.accounts.factors().state(call.caller.user));
  FASTNESS_ASSIGN_OR_REFUSE(const auto language, parts.accounts.users().language(call.caller.user));
  const auto email = parts.accounts.users().email(call.caller.user);
  return object(Status::ok, [&](json::Writer& out) {
    out.field("email", email ? *email : std::string());
    out.field("language", to_text(language));
    out.field("factor", state.since.has_value());
    out.field_if("factor_since", state.since);
    out.field("recovery_codes", state.recovery_codes);
  });
}

Answer choose_language(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::ChooseLanguageRequest>(call);
  if (!request) return propagate(std::move(request));
  call.object = call.caller.person();
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.users().choose_language(
      call.caller.user, *wording::parse_language(to_text(request->language))));
  return http::Response::empty(Status::no_content);
}

Answer offer_factor(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const std::string email,
                            parts.accounts.users().email(call.caller.user));
  const auto offer = parts.accounts.factors().offer(call.caller.user);
  auto response = object(Status::ok, [&](json::Writer& out) {
    out.field("secret", offer.secret);
    out.field("uri", app_uri(email, call.request.host.name, offer.secret));
    out.field("expires_at", offer.expires_at);
  });
  response.headers.set("cache-control", "no-store");
  return response;
}

Answer show_codes(const std::vector<std::string>& codes) {
  auto response = object(Status::created, [&](json::Writer& out) {
    out.begin_array("recovery_codes");
    for (const std::string& code : codes) out.value(code);
    out.end_array();
  });
  response.headers.set("cache-control", "no-store");
  return response;
}

Answer confirm_factor(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::ConfirmFactorRequest>(call);
  if (!request) return propagate(std::move(request));
  call.object = call.caller.person();
  FASTNESS_ASSIGN_OR_REFUSE(const accounts::User user,
                            parts.accounts.users().find(call.caller.user));
  const auto codes = parts.accounts.factors().confirm(user, request->code);
  if (codes) {
    // The app is there in any case; at worst its code is asked for in this session.
    static_cast<void>(parts.accounts.sessions().strengthen(*call.caller.session).has_value());
    return show_codes(*codes);
  }
  if (codes.error().code == Errc::unauthenticated) {
    return refuse(Status::bad_request,
                  "This is not what the app shows now. Are its clock and this server's right?",
                  "code");
  }
  if (codes.error().code == Errc::not_found) {
    return refuse(Status::conflict, "The ten minutes are over. Begin again.");
  }
  return refuse(codes);
}

Answer remove_factor(Parts& parts, Call& call) {
  call.object = call.caller.person();
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.factors().remove(call.caller.user));
  return http::Response::empty(Status::no_content);
}

Answer make_recovery_codes(Parts& parts, Call& call) {
  call.object = call.caller.person();
  const auto codes = parts.accounts.factors().renew_recovery_codes(call.caller.user);
  if (codes) return show_codes(*codes);
  if (codes.error().code == Errc::not_found) {
    return refuse(Status::conflict, "Set a second factor first.");
  }
  return refuse(codes);
}

// 403 and not 401: the session is in order, only the proof is not.
Answer answer_to_proof(const Result<void>& proved, const std::string& words,
                       const std::string& field) {
  if (proved) return http::Response::empty(Status::no_content);
  if (proved.error().code == Errc::unauthenticated) return refuse(Status::forbidden, words, field);
  if (proved.error().code == Errc::invalid_argument) {
    return refuse(Status::bad_request, proved.error().message, "new_password");
  }
  return refuse(proved);
}

void prove_by_password(Parts& parts, const std::shared_ptr<Call>& call, const Reply& reply) {
  auto request = v1::read_body<v1::ProveRequest>(*call);
  if (!request) return reply(propagate(std::move(request)));
  v1::ProveRequest fields = std::move(request).value();
  call->object = call->caller.person();
  const auto has_factor = parts.accounts.factors().has(call->caller.user);
  if (!has_factor) return reply(refuse(has_factor));
  const std::string words =
      *has_factor ? "The password or the code is wrong." : "The password is wrong.";
  parts.accounts.sign_in().prove(*call->caller.session, call->caller.user,
                                 to_secret(fields.password), std::move(fields.code).value_or(""),
                                 [words, call, reply](const Result<void>& proved) {
                                   reply(answer_to_proof(proved, words, "password"));
                                 });
}

void change_password(Parts& parts, const std::shared_ptr<Call>& call, const Reply& reply) {
  auto request = v1::read_body<v1::ChangePasswordRequest>(*call);
  if (!request) return reply(propagate(std::move(request)));
  v1::ChangePasswordRequest fields = std::move(request).value();
  call->object = call->caller.person();
  parts.accounts.sign_in().change_password(
      *call->caller.session, call->caller.user, to_secret(fields.current_password),
      to_secret(fields.new_password), [call, reply](const Result<void>& changed) {
        reply(answer_to_proof(changed, "This is not your password.", "current_password"));
      });
}

Answer list_sessions(Parts& parts, const Call& call) {
  const auto sessions = parts.accounts.sessions().list(call.caller.user);
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("sessions");
    for (const auto& each : sessions) {
      out.begin_object();
      out.field("id", to_hex(each.id));
      out.field("current", each.id == call.caller.session);
      v1::write_members(out, each);
      out.end_object();
    }
    out.end_array();
  });
}

Answer end_session(Parts& parts, const Call& call) {
  const auto bytes = from_hex(call.request.parameters.find("session_id"));
  accounts::SessionId id{};
  if (!bytes || bytes->size() != id.size()) return refuse(Status::not_found, {});
  std::copy(bytes->begin(), bytes->end(), id.begin());
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.sessions().end(call.caller.user, id));
  return http::Response::empty(Status::no_content);
}

Answer end_other_sessions(Parts& parts, Call& call) {
  call.object = call.caller.person();
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.sign_in().sign_out_elsewhere(
      *call.caller.session, call.caller.user, visitor_of(call.request)));
  return http::Response::empty(Status::no_content);
}

}  // namespace

void add_person_routes(RouteList& routes, Parts& parts) {
  routes.add_async(
      Method::post, "/api/v1/session/prove", early(person()), "session.prove",
      [&parts](const auto& call, const auto& reply) { prove_by_password(parts, call, reply); });
  routes.add(Method::get, "/api/v1/sessions", person(), "", on(parts, list_sessions));
  routes.add(Method::post, "/api/v1/sessions/end-others", person(), "session.end_others",
             on(parts, end_other_sessions));
  routes.add(Method::delete_, "/api/v1/sessions/{session_id}", person(), "session.end_one",
             on(parts, end_session));

  routes.add(Method::get, "/api/v1/account", early(person()), "", on(parts, show_account));
  routes.add(Method::put, "/api/v1/account/language", person(), "account.choose_language",
             on(parts, choose_language));
  routes.add_async(
      Method::post, "/api/v1/account/password", proven(person()), "account.change_password",
      [&parts](const auto& call, const auto& reply) { change_password(parts, call, reply); });
  routes.add(Method::post, "/api/v1/account/factor", adding(proven(person())), "",
             on(parts, offer_factor));
  routes.add(Method::delete_, "/api/v1/account/factor", proven(person()), "account.remove_factor",
             on(parts, remove_factor));
  routes.add(Method::post, "/api/v1/account/factor/confirm", adding(proven(person())),
             "account.set_factor", on(parts, confirm_factor));
  routes.add(Method::post, "/api/v1/account/recovery-codes", proven(person()),
             "account.make_recovery_codes", on(parts, make_recovery_codes));
}

}  // namespace fastness::api
