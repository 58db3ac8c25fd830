// Passkeys: signing in by one, proving by one, and a person's own under /api/v1/account/passkeys.
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/access/own_page.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "api/v1/passkey_use.h"
#include "api/v1/session_view.h"
#include "api/v1/views.h"

namespace fastness::api {
namespace {

using accounts::PasskeyId;
using http::Method;
using http::Status;
using v1::object;

Answer offer_sign_in(Parts& parts, const Call& call) {
  FASTNESS_RETURN_IF_ERROR(check_own_page(call.request));
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  return v1::show_offer(parts.accounts.passkeys().offer_sign_in(visitor_of(call.request)), *party);
}

Answer use_passkey(Parts& parts, Call& call) {
  FASTNESS_RETURN_IF_ERROR(check_own_page(call.request));
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  auto raw = v1::read_passkey_use(call);
  if (!raw) return propagate(std::move(raw));
  const auto followed = parts.accounts.passkeys().sign_in(*raw, *party, visitor_of(call.request));
  // A passkey that is refused although it signed is its person's business.
  call.audit_organisation = followed.organisation;
  const auto& made = followed.session;
  if (made) return welcome(parts, call, *made);
  if (made.error().code == Errc::unauthenticated) {
    return refuse(Status::unauthorized, "This passkey does not sign in here.");
  }
  return Unexpected<Problem>{refusal_at_the_door(made.error())};
}

Answer offer_proof(Parts& parts, const Call& call) {
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  const auto offer =
      parts.accounts.passkeys().offer_proof(*call.caller.session, call.caller.user, *party);
  if (offer) return v1::show_offer(*offer, *party);
  if (offer.error().code == Errc::not_found) {
    return refuse(Status::not_found, "You have no passkey for this address.");
  }
  return refuse(offer);
}

// 403 and not 401, as for a password: the session is in order, only the proof is not.
Answer prove_by_passkey(Parts& parts, Call& call) {
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  auto raw = v1::read_passkey_use(call);
  if (!raw) return propagate(std::move(raw));
  call.object = call.caller.person();
  const auto proved =
      parts.accounts.passkeys().prove(*call.caller.session, call.caller.user, *raw, *party);
  if (proved) return http::Response::empty(Status::no_content);
  if (proved.error().code == Errc::unauthenticated) {
    return refuse(Status::forbidden, "This passkey does not prove that it is you.");
  }
  return refuse(proved);
}

Answer list_passkeys(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto passkeys, parts.accounts.passkeys().list(call.caller.user));
  const auto party = v1::party_of(parts, call.request);
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("passkeys");
    for (const accounts::Passkey& each : passkeys) {
      out.begin_object();
      v1::write_members(out, each);
      out.end_object();
    }
    out.end_array();
    if (party) out.field("host", party->id());
  });
}

Unexpected<Problem> refuse_more() {
  return refuse(Status::conflict, "You have " + std::to_string(accounts::Passkeys::kMostOfOne) +
                                      " passkeys, which is the most. Remove one first.");
}

Answer offer_passkey(Parts& parts, const Call& call) {
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  const auto offer = parts.accounts.passkeys().offer(*call.caller.session, call.caller.user);
  if (offer) return v1::show_offer(*offer, *party);
  if (offer.error().code == Errc::exhausted) return refuse_more();
  return refuse(offer);
}

Unexpected<Problem> refuse_to_add(const Result<accounts::Passkey>& made) {
  switch (made.error().code) {
    case Errc::exhausted:
      return refuse_more();
    case Errc::already_exists:
      return refuse(Status::conflict, "This passkey is in use already.");
    case Errc::not_found:
      return refuse(Status::conflict, "The five minutes are over. Begin again.");
    case Errc::invalid_argument:
      return refuse(Status::bad_request,
                    "This is no passkey for this address that asks for a finger, a face or a PIN.");
    default:
      return refuse(made);
  }
}

Answer add_passkey(Parts& parts, Call& call) {
  auto party = v1::party_of(parts, call.request);
  if (!party) return propagate(std::move(party));
  auto request = v1::read_body<v1::AddPasskeyRequest>(call);
  if (!request) return propagate(std::move(request));
  v1::AddPasskeyRequest fields = std::move(request).value();
  auto client_data = v1::read_bytes(fields.client_data, "client_data");
  if (!client_data) return propagate(std::move(client_data));
  auto data = v1::read_bytes(fields.authenticator_data, "authenticator_data");
  if (!data) return propagate(std::move(data));
  call.object = call.caller.person();
  const auto made = parts.accounts.passkeys().add(
      *call.caller.session, call.caller.user, std::move(fields.name), *client_data, *data, *party);
  if (!made) return refuse_to_add(made);
  call.object = "passkey:" + made->id.value().to_text();
  return object(Status::created, [&](json::Writer& out) { v1::write_members(out, *made); });
}

Answer rename_passkey(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<PasskeyId>("passkey_id"));
  auto request = v1::read_body<v1::RenamePasskeyRequest>(call);
  if (!request) return propagate(std::move(request));
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.passkeys().rename(call.caller.user, id, request->name));
  return http::Response::empty(Status::no_content);
}

Answer remove_passkey(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<PasskeyId>("passkey_id"));
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.passkeys().remove(call.caller.user, id));
  return http::Response::empty(Status::no_content);
}

}  // namespace

void add_passkey_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::post, "/api/v1/session/passkey/options", anyone(), "",
             on(parts, offer_sign_in));
  routes.add(Method::post, "/api/v1/session/passkey", anyone(), "session.use_passkey",
             on(parts, use_passkey));
  routes.add(Method::post, "/api/v1/session/prove/passkey/options", early(person()), "",
             on(parts, offer_proof));
  routes.add(Method::post, "/api/v1/session/prove/passkey", early(person()),
             "session.prove_by_passkey", on(parts, prove_by_passkey));

  routes.add(Method::get, "/api/v1/account/passkeys", early(person()), "",
             on(parts, list_passkeys));
  routes.add(Method::post, "/api/v1/account/passkeys", adding(proven(person())),
             "account.add_passkey", on(parts, add_passkey));
  routes.add(Method::post, "/api/v1/account/passkeys/options", adding(proven(person())), "",
             on(parts, offer_passkey));
  routes.add(Method::patch, "/api/v1/account/passkeys/{passkey_id}", person(),
             "account.rename_passkey", on(parts, rename_passkey));
  routes.add(Method::delete_, "/api/v1/account/passkeys/{passkey_id}", proven(person()),
             "account.remove_passkey", on(parts, remove_passkey));
}

}  // namespace fastness::api
