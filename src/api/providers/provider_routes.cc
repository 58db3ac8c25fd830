// Signing in by an identity provider: the way there, the way back, what a provider says of who has
// signed out there, and what a person has linked under /api/v1/account/sign-ins.
//
// A browser comes back by a link of somebody else's site, so with that request nothing is done but
// to keep what it brought, and to show a page of ours. The page asks for the rest, as pages of ours
// ask for everything: so only a browser that began an attempt ends it, a session is changed only by
// its own page, and no address has a secret that outlives the redirect.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/access/own_page.h"
#include "api/providers/identity_providers.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "api/v1/session_view.h"
#include "api/v1/views.h"

namespace fastness::api {
namespace {

using accounts::AttemptPurpose;
using accounts::LinkedSignInId;
using http::Method;
using http::Status;
using v1::object;
using Offered = IdentityProviders::Offered;

// Lax, because the browser comes back from elsewhere; nothing but a page of ours can use it.
std::string_view attempt_cookie_name(http::Channel channel) {
  return channel == http::Channel::loopback ? "sign-in" : "__Host-sign-in";
}

std::string attempt_cookie(http::Channel channel, const std::string& value,
                           std::chrono::seconds life) {
  const std::string secure = channel == http::Channel::loopback ? "" : "; Secure";
  return std::string(attempt_cookie_name(channel)) + "=" + value + "; Path=/" + secure +
         "; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(life.count());
}

void forget_attempt(http::Response& response, http::Channel channel) {
  response.headers.add("set-cookie", attempt_cookie(channel, "", std::chrono::seconds(0)));
}

std::string cookie_of(const Call& call) {
  const auto cookie = call.request.cookie(attempt_cookie_name(call.request.peer.channel));
  return std::string(cookie.value_or(""));
}

// Where providers send the browser back to: where the request arrived, if that is a name of this
// server. The provider has it word for word.
Result<std::string, Problem> callback_of(const Parts& parts, const http::Request& request,
                                         const std::string& provider) {
  const auto names = parts.trust().names;
  if (std::ranges::find(names, request.host.name) == names.end()) {
    return refuse(
        Status::conflict,
        "Providers send you back to a name of this server. Open the console by its name.");
  }
  const bool is_plain = request.peer.channel == http::Channel::loopback;
  std::string origin = (is_plain ? "http://" : "https://") + request.host.name;
  if (request.host.port) origin += ":" + std::to_string(*request.host.port);
  return origin + "/api/v1/session/providers/" + provider + "/callback";
}

const Offered* find_offered(const Parts& parts, std::string_view id) {
  if (parts.providers == nullptr) return nullptr;
  const auto& offered = parts.providers->offered();
  const auto found = std::ranges::find(offered, id, &Offered::id);
  return found == offered.end() ? nullptr : &*found;
}

Result<const Offered*, Problem> offered_of(const Parts& parts, const Call& call) {
  const Offered* found = find_offered(parts, call.request.parameters.find("provider_id"));
  if (found != nullptr) return found;
  return refuse(Status::not_found, "This server knows no such provider.");
}

void log_failure(const Parts& parts, const Offered& provider, const Error& error) {
  telemetry::Log log = parts.log;
  log.warning("provider_failed", {{"provider", provider.id}, {"why", error.message}});
}

bool is_their_word(Errc code) {
  return code == Errc::unauthenticated || code == Errc::invalid_argument;
}

// Nothing of what a provider says is shown: whoever wrote it is not us.
Unexpected<Problem> refuse_provider(const Offered& provider, Errc code) {
  if (is_their_word(code)) {
    return refuse(Status::unauthorized, "Signing in by " + provider.name +
                                            " did not work. Begin again, or sign in otherwise.");
  }
  return refuse(Status::service_unavailable,
                provider.name + " does not answer as it should. Sign in otherwise, or try later.");
}

// The browser gets the address and the cookie together, once the provider is known to be there.
void send_away(Parts& parts, const std::shared_ptr<Call>& call, const Offered& provider,
               const accounts::SentAway& sent, const Reply& reply) {
  parts.providers->begin(sent.attempt, [&parts, call, provider, reply,
                                        cookie = sent.cookie](const Result<std::string>& url) {
    if (!url) {
      log_failure(parts, provider, url.error());
      return reply(refuse_provider(provider, Errc::unavailable));
    }
    auto response = object(Status::ok, [&](json::Writer& out) { out.field("url", *url); });
    response.headers.set("cache-control", "no-store");
    response.headers.set("set-cookie", attempt_cookie(call->request.peer.channel, cookie,
                                                      accounts::OpenAttempts::kLife));
    reply(std::move(response));
  });
}

Result<void, Problem> try_to_sign_in(Parts& parts, const std::shared_ptr<Call>& call,
                                     const Reply& reply) {
  FASTNESS_RETURN_IF_ERROR(check_own_page(call->request));
  auto provider = offered_of(parts, *call);
  if (!provider) return propagate(std::move(provider));
  auto callback = callback_of(parts, call->request, (*provider)->id);
  if (!callback) return propagate(std::move(callback));
  FASTNESS_ASSIGN_OR_REFUSE(
      const auto sent, parts.accounts.linked_sign_ins().begin_sign_in((*provider)->id, *callback,
                                                                      visitor_of(call->request)));
  send_away(parts, call, **provider, sent, reply);
  return {};
}

Unexpected<Problem> refuse_another() {
  return refuse(Status::conflict, "You have " +
                                      std::to_string(accounts::LinkedSignIns::kMostOfOne) +
                                      " linked sign-ins, which is the most. Remove one first.");
}

Result<void, Problem> try_to_begin_link(Parts& parts, const std::shared_ptr<Call>& call,
                                        const Reply& reply) {
  auto provider = offered_of(parts, *call);
  if (!provider) return propagate(std::move(provider));
  auto callback = callback_of(parts, call->request, (*provider)->id);
  if (!callback) return propagate(std::move(callback));
  const auto sent = parts.accounts.linked_sign_ins().begin_link(
      *call->caller.session, call->caller.user, (*provider)->id, *callback,
      visitor_of(call->request));
  if (!sent && sent.error().code == Errc::exhausted) return refuse_another();
  if (!sent) return refuse(sent);
  send_away(parts, call, **provider, *sent, reply);
  return {};
}

// By a link of somebody else's: shows a page of ours and changes nothing. What was wrong with the
// answer is said to the page that asks for what came of it.
Answer come_back(Parts& parts, const Call& call) {
  const http::Query& query = call.request.query;
  const auto code = query.find("code");
  const auto issuer = query.find("iss");
  const bool is_refusal = query.find("error").has_value();
  auto answer = oidc::Answer::read(is_refusal ? std::string() : std::string(code.value_or("")),
                                   issuer ? std::optional(std::string(*issuer)) : std::nullopt);
  std::optional<AttemptPurpose> purpose;
  if (answer) {
    purpose = parts.accounts.linked_sign_ins().answer(
        cookie_of(call), call.request.parameters.find("provider_id"),
        query.find("state").value_or(""), std::move(answer).value());
  }
  auto response = http::Response::empty(Status::found);
  const bool is_link = purpose == AttemptPurpose::link;
  response.headers.set("location", is_link ? "/account?answered" : "/sign-in?answered");
  response.headers.set("cache-control", "no-store");
  return response;
}

// Somebody who is back, and the provider that they were at.
struct Returned {
  accounts::CameBack back;
  const Offered* provider;
};

Result<Returned, Problem> returned_of(Parts& parts, const Call& call,
                                      const std::optional<accounts::SessionId>& session) {
  auto back = parts.accounts.linked_sign_ins().come_back(cookie_of(call), session);
  const Offered* provider = back ? find_offered(parts, back->attempt.provider) : nullptr;
  if (provider != nullptr) return Returned{std::move(*back), provider};
  return refuse(Status::conflict,
                "This took more than ten minutes, was used, or began in another browser. Begin "
                "again.");
}

Answer let_in(Parts& parts, Call& call, const Offered& provider, const oidc::Identity& identity) {
  const auto followed =
      parts.accounts.linked_sign_ins().sign_in(identity, visitor_of(call.request));
  call.audit_organisation = followed.organisation;
  if (followed.entered) return answer_to(parts, call, *followed.entered);
  if (followed.entered.error().code != Errc::not_found) {
    return Unexpected<Problem>{refusal_at_the_door(followed.entered.error())};
  }
  return refuse(Status::unauthorized, "Nobody here has linked this sign-in by " + provider.name +
                                          ". Sign in otherwise, then link it on the page Account.");
}

void use_answer(Parts& parts, const std::shared_ptr<Call>& call, const Reply& reply) {
  if (!is_same_site(call->request)) return reply(refuse_foreign_page());
  auto returned = returned_of(parts, *call, std::nullopt);
  if (!returned) return reply(propagate(std::move(returned)));
  const Offered provider = *returned->provider;
  parts.providers->redeem(returned->back.attempt, returned->back.answer,
                          [&parts, call, provider, reply](const Result<oidc::Identity>& identity) {
                            if (!identity) {
                              log_failure(parts, provider, identity.error());
                              return reply(refuse_provider(provider, identity.error().code));
                            }
                            Answer answer = let_in(parts, *call, provider, *identity);
                            if (answer) forget_attempt(answer.value(), call->request.peer.channel);
                            reply(std::move(answer));
                          });
}

// Said once more, or of nobody here, it is done as well: the provider has nothing left to do.
Answer sign_out(Parts& parts, Call& call, const oidc::Logout& logout) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto ended, parts.accounts.linked_sign_ins().sign_out(logout));
  if (!ended.empty()) {
    call.audit_organisation = ended.front().organisation;
    call.object = "user:" + ended.front().user.value().to_text();
  }
  auto response = http::Response::empty(Status::ok);
  response.headers.set("cache-control", "no-store");
  return response;
}

// OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8. Whoever asks is believed for the token alone.
void use_logout(Parts& parts, const std::shared_ptr<Call>& call, const Reply& reply) {
  const auto form = http::Query::parse(call->request.body);
  const auto token = form ? form->find("logout_token") : std::nullopt;
  auto provider = offered_of(parts, *call);
  if (!provider) return reply(propagate(std::move(provider)));
  if (!token) return reply(refuse(Status::bad_request, "is needed", "logout_token"));
  parts.providers->read_logout(
      (*provider)->id, std::string(*token),
      [&parts, call, provider = **provider, reply](const Result<oidc::Logout>& logout) {
        if (logout) return reply(sign_out(parts, *call, *logout));
        log_failure(parts, provider, logout.error());
        if (!is_their_word(logout.error().code)) {
          return reply(refuse_provider(provider, logout.error().code));
        }
        reply(refuse(Status::bad_request, "is not what " + provider.name + " would say",
                     "logout_token"));
      });
}

Answer keep_link(Parts& parts, Call& call, const Offered& provider,
                 const oidc::Identity& identity) {
  // It may have been ended while the provider was asked.
  if (!parts.accounts.sessions().is_alive(*call.caller.session)) {
    return refuse(Status::unauthorized, {});
  }
  const auto made =
      parts.accounts.linked_sign_ins().link(call.caller.user, identity, provider.name);
  if (made) {
    call.object = "sign_in:" + made->id.value().to_text();
    return object(Status::created, [&](json::Writer& out) { v1::write_members(out, *made); });
  }
  if (made.error().code == Errc::exhausted) return refuse_another();
  if (made.error().code == Errc::already_exists) {
    return refuse(Status::conflict,
                  "This sign-in by " + provider.name + " is linked to an account already.");
  }
  return refuse(made);
}

void link_answer(Parts& parts, const std::shared_ptr<Call>& call, const Reply& reply) {
  call->object = call->caller.person();
  auto returned = returned_of(parts, *call, call->caller.session);
  if (!returned) return reply(propagate(std::move(returned)));
  const Offered provider = *returned->provider;
  parts.providers->redeem(returned->back.attempt, returned->back.answer,
                          [&parts, call, provider, reply](const Result<oidc::Identity>& identity) {
                            if (!identity) {
                              log_failure(parts, provider, identity.error());
                              // The session is in order, so no 401, which would end it for the
                              // page.
                              Problem problem =
                                  refuse_provider(provider, identity.error().code).error;
                              if (problem.status == Status::unauthorized)
                                problem.status = Status::conflict;
                              return reply(Unexpected<Problem>{std::move(problem)});
                            }
                            Answer answer = keep_link(parts, *call, provider, *identity);
                            if (answer) forget_attempt(answer.value(), call->request.peer.channel);
                            reply(std::move(answer));
                          });
}

void write_offered(json::Writer& out, const Parts& parts) {
  out.begin_array("providers");
  if (parts.providers != nullptr) {
    for (const Offered& each : parts.providers->offered()) {
      out.begin_object();
      out.field("id", each.id);
      out.field("name", each.name);
      out.end_object();
    }
  }
  out.end_array();
}

Answer list_providers(const Parts& parts, const Call& /*call*/) {
  return object(Status::ok, [&](json::Writer& out) { write_offered(out, parts); });
}

Answer list_linked(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto linked,
                            parts.accounts.linked_sign_ins().list(call.caller.user));
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("sign_ins");
    for (const accounts::LinkedSignIn& each : linked) {
      out.begin_object();
      v1::write_members(out, each);
      out.end_object();
    }
    out.end_array();
    write_offered(out, parts);
  });
}

Answer unlink(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<LinkedSignInId>("sign_in_id"));
  FASTNESS_REFUSE_IF_ERROR(
      parts.accounts.linked_sign_ins().remove(call.caller.user, id, call.caller.session));
  return http::Response::empty(Status::no_content);
}

// A handler that replies later, or refuses now.
template <typename Try>
AsyncHandler later(Parts& parts, Try try_to) {
  return [&parts, try_to](const auto& call, const auto& reply) {
    if (auto tried = try_to(parts, call, reply); !tried) reply(propagate(std::move(tried)));
  };
}

}  // namespace

void add_provider_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/api/v1/session/providers", anyone(), "", on(parts, list_providers));
  routes.add_async(Method::post, "/api/v1/session/providers/{provider_id}", anyone(), "",
                   later(parts, try_to_sign_in));
  routes.add(Method::get, "/api/v1/session/providers/{provider_id}/callback", anyone(), "",
             on(parts, come_back));
  routes.add_async(
      Method::post, "/api/v1/session/answer", anyone(), "session.use_provider",
      [&parts](const auto& call, const auto& reply) { use_answer(parts, call, reply); });

  routes.add_async(Method::post, "/api/v1/session/providers/{provider_id}/logout", anyone(),
                   "session.provider_sign_out", [&parts](const auto& call, const auto& reply) {
                     use_logout(parts, call, reply);
                   });

  routes.add(Method::get, "/api/v1/account/sign-ins", person(), "", on(parts, list_linked));
  routes.add_async(
      Method::post, "/api/v1/account/sign-ins", proven(person()), "account.link_sign_in",
      [&parts](const auto& call, const auto& reply) { link_answer(parts, call, reply); });
  routes.add_async(Method::post, "/api/v1/account/sign-ins/providers/{provider_id}",
                   proven(person()), "", later(parts, try_to_begin_link));
  routes.add(Method::delete_, "/api/v1/account/sign-ins/{sign_in_id}", proven(person()),
             "account.unlink_sign_in", on(parts, unlink));
}

}  // namespace fastness::api
