// /api/v1/api-keys: credentials for programs.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/operations.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "api/v1/views.h"
#include "audit/audit_log.h"
#include "things/things.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using v1::object;

constexpr std::chrono::hours kYear{24 * 365};

Answer list_keys(const Parts& parts, const Call& call) {
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("api_keys");
    for (const auto& key : parts.accounts.api_keys().list(call.caller.organisation)) {
      if (may_see(call.caller, key)) v1::write(out, key, parts.clock.now());
    }
    out.end_array();
  });
}

// With the secret, which is nowhere else.
http::Response show_once(const Parts& parts, Status status, const accounts::NewApiKey& made) {
  return object(status, [&](json::Writer& out) {
    out.key("api_key");
    v1::write(out, made.key, parts.clock.now());
    out.field("client_id", made.key.client_id);
    out.field("client_secret", as_text(made.secret.reveal()));
  });
}

Result<Networks, Problem> read_networks(const std::vector<std::string>& texts) {
  Networks networks;
  for (const std::string& text : texts) {
    const auto network = Network::parse(text);
    if (!network) return refuse(Status::bad_request, network.error().message, "networks");
    networks.push_back(*network);
  }
  return networks;
}

Result<accounts::ThingIds, Problem> read_things(const Parts& parts, OrganisationId organisation,
                                                const std::vector<std::string>& texts) {
  accounts::ThingIds things;
  for (const std::string& text : texts) {
    const auto id = Uuid::parse(text);
    if (!id || parts.things.find(organisation, ThingId(*id)) == nullptr) {
      return refuse(Status::bad_request, "names no thing of this organisation", "things");
    }
    if (std::ranges::find(things, ThingId(*id)) == things.end()) things.emplace_back(*id);
  }
  return things;
}

std::string_view key_event_of(accounts::KeyAlarm::Kind kind) {
  switch (kind) {
    case accounts::KeyAlarm::Kind::honey_used:
      return "api_key.honey_used";
    case accounts::KeyAlarm::Kind::from_elsewhere:
      return "api_key.from_elsewhere";
    case accounts::KeyAlarm::Kind::new_network:
      return "api_key.new_network";
  }
  return {};
}

// Into its owner's trail; whoever tried is told no more than anybody with a wrong secret, and
// whoever came in hears nothing of it.
void record_key_alarm(audit::AuditLog& audit, telemetry::Log& log,
                      const accounts::KeyAlarm& alarm) {
  const bool is_in = alarm.kind == accounts::KeyAlarm::Kind::new_network;
  const std::string event(key_event_of(alarm.kind));
  const std::string object = "api_key:" + alarm.key.client_id;
  const auto recorded = audit.record({alarm.key.organisation, is_in ? object : "anonymous", event,
                                      object, alarm.address, is_in ? "ok" : "refused"});
  log.warning(
      "api_key_alarm",
      {{"audited_as", event}, {"client_id", alarm.key.client_id}, {"remote", alarm.address}});
  if (!recorded) log.error("audit_failed", {{"why", recorded.error().message}});
}

// Those of `wanted` that are not in `allowed`.
std::string surplus(accounts::Scopes wanted, accounts::Scopes allowed) {
  std::string text;
  for (const accounts::Scope scope : wanted.list()) {
    if (allowed.has(scope)) continue;
    if (!text.empty()) text += ", ";
    text += to_text(scope);
  }
  return text;
}

Answer create_key(Parts& parts, Call& call) {
  FASTNESS_REFUSE_IF_ERROR(check_unlocked(parts));
  auto request = v1::read_body<v1::CreateApiKeyRequest>(call);
  if (!request) return propagate(std::move(request));
  accounts::Scopes scopes;
  for (const v1::Scope scope : request->scopes.value_or(std::vector<v1::Scope>())) {
    scopes.add(*accounts::parse_scope(to_text(scope)));
  }
  if (!call.caller.scopes.includes(scopes)) {
    return refuse(Status::forbidden,
                  "A key cannot do more than you may here. Leave out: " +
                      surplus(scopes, call.caller.scopes) + ".",
                  "scopes");
  }
  FASTNESS_ASSIGN_OR_REFUSE(Networks networks,
                            read_networks(request->networks.value_or(std::vector<std::string>())));
  FASTNESS_ASSIGN_OR_REFUSE(accounts::ThingIds things,
                            read_things(parts, call.caller.organisation,
                                        request->things.value_or(std::vector<std::string>())));
  const auto use =
      request->use == v1::ApiKeyUse::honey ? accounts::KeyUse::honey : accounts::KeyUse::program;
  const Timestamp end = request->expires_at.value_or(parts.clock.now() + kYear);
  FASTNESS_ASSIGN_OR_REFUSE(
      const accounts::NewApiKey made,
      parts.accounts.api_keys().create(call.caller.organisation, call.caller.user, request->name,
                                       scopes, end, std::move(networks), use, std::move(things)));
  call.object = "api_key:" + made.key.client_id;
  return show_once(parts, Status::created, made);
}

// Another person's key looks like one that is not.
Result<void, Problem> check_theirs(const Parts& parts, const Call& call, const std::string& id) {
  const auto key = parts.accounts.api_keys().find(call.caller.organisation, id);
  if (!key) return refuse(key);
  return may_end(call.caller, *key) ? Result<void, Problem>() : refuse(Status::not_found, {});
}

Answer revoke(Parts& parts, const Call& call) {
  const std::string id(call.request.parameters.find("api_key_id"));
  // A key may end itself, and no other: one that leaked must not be able to end the rest.
  if (call.caller.kind == Caller::Kind::api_key && id != call.caller.client_id) {
    return refuse(Status::forbidden, "An API key may revoke only itself.");
  }
  FASTNESS_RETURN_IF_ERROR(check_theirs(parts, call, id));
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.api_keys().revoke(call.caller.organisation, id));
  return http::Response::empty(Status::no_content);
}

// A key may take a new secret for itself, for a program that does so every week, and for no other.
// Whoever stole it gains no time: its end stays, and its owner's programs fail within a day.
Answer rotate(Parts& parts, const Call& call) {
  const std::string id(call.request.parameters.find("api_key_id"));
  if (call.caller.kind == Caller::Kind::api_key && id != call.caller.client_id) {
    return refuse(Status::forbidden, "An API key may take a new secret only for itself.");
  }
  FASTNESS_RETURN_IF_ERROR(check_theirs(parts, call, id));
  FASTNESS_ASSIGN_OR_REFUSE(const accounts::NewApiKey made,
                            parts.accounts.api_keys().rotate(call.caller.organisation, id));
  return show_once(parts, Status::ok, made);
}

}  // namespace

void add_key_routes(RouteList& routes, Parts& parts) {
  parts.accounts.api_keys().on_alarm(
      [&audit = parts.audit, log = parts.log](const accounts::KeyAlarm& alarm) mutable {
        record_key_alarm(audit, log, alarm);
      });
  routes.add(Method::get, "/api/v1/api-keys", in_role(accounts::Role::viewer), "",
             on(parts, list_keys));
  routes.add(Method::post, "/api/v1/api-keys", proven(in_role(accounts::Role::member)),
             "api_key.create", on(parts, create_key));
  routes.add(Method::delete_, "/api/v1/api-keys/{api_key_id}", any_key(), "api_key.revoke",
             on(parts, revoke));
  routes.add(Method::post, "/api/v1/api-keys/{api_key_id}/rotate", proven(any_key()),
             "api_key.rotate", on(parts, rotate));
}

}  // namespace fastness::api
