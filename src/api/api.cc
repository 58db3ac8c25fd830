#include "api/api.h"

#include <iterator>
#include <utility>

#include "api/access/restriction.h"
#include "api/access/switches.h"
#include "api/account/belongings.h"
#include "api/reads/read_meter.h"
#include "api/routes.h"
#include "api/staff/order_gate.h"
#include "api/v1/live/live.h"
#include "audit/audit_log.h"
#include "identity/claims/claims.h"
#include "identity/identity.h"

namespace fastness::api {
namespace {

using http::Status;

constexpr DescribedOperation kUndescribed{http::Method::get, "", {}, {}, {}, 0};

std::vector<Route> make_routes(Parts& parts, Live& live, audit::AccessTally& accesses) {
  RouteList ours(ErrorStyle::ours);
  add_session_routes(ours, parts);
  add_person_routes(ours, parts);
  add_people_routes(ours, parts);
  add_invitation_routes(ours, parts);
  add_passkey_routes(ours, parts);
  add_operator_routes(ours, parts);
  add_support_access_routes(ours, parts);
  add_operator_admin_routes(ours, parts);
  add_order_routes(ours, parts);
  add_provider_routes(ours, parts);
  add_account_routes(ours, parts);
  add_home_routes(ours, parts, live);
  add_device_routes(ours, parts);
  add_identity_routes(ours, parts);
  add_ledger_routes(ours, parts);
  add_thing_routes(ours, parts);
  add_history_routes(ours, parts);
  add_key_routes(ours, parts);
  add_leak_routes(ours, parts);
  add_browser_report_routes(ours, parts);
  add_audit_routes(ours, parts, accesses);
  add_live_routes(ours, live);
  add_public_status_routes(ours, parts);
  add_admin_routes(ours, parts);
  add_admin_user_routes(ours, parts);
  add_admin_account_routes(ours, parts);
  add_vault_routes(ours, parts);
  add_backup_routes(ours, parts);
  add_restriction_routes(ours, parts);
  add_incident_record_routes(ours, parts);
  add_evidence_routes(ours, parts, accesses);
  add_letter_routes(ours, parts, accesses);
  add_affected_routes(ours, parts, accesses);
  add_authority_routes(ours, parts);
  add_status_routes(ours, parts);
  add_root_routes(ours, parts);
  add_check_routes(ours, parts);
  add_contact_routes(ours, parts);
  add_claim_routes(ours, parts);
  add_claim_certificate_routes(ours, parts);

  RouteList iot(ErrorStyle::goa);
  add_iot_device_routes(iot, parts);
  add_iot_certificate_routes(iot, parts);
  add_iot_thing_routes(iot, parts);
  add_iot_property_routes(iot, parts);
  add_iot_tag_routes(iot, parts);
  add_iot_value_routes(iot, parts);
  add_iot_value_history_routes(iot, parts);
  add_iot_series_routes(iot, parts);
  add_iot_catalogue_routes(iot, parts);

  RouteList oauth(ErrorStyle::oauth);
  add_token_routes(oauth, parts);

  RouteList est(ErrorStyle::text);
  add_est_routes(est, parts);

  std::vector<Route> all;
  for (RouteList* list : {&ours, &iot, &oauth, &est}) {
    std::vector<Route> routes = std::move(*list).take();
    std::move(routes.begin(), routes.end(), std::back_inserter(all));
  }
  return all;
}

// Names a session in the trail; the cookie's token cannot be had from it.
std::string short_form(const accounts::SessionId& session) {
  return to_hex(session).substr(0, 12);
}

// On the rows that take claims a certificate may be a claim certificate. To all others it is one
// that nobody knows.
bool shows_claim_certificate(const Parts& parts, const Caller& caller) {
  if (caller.kind != Caller::Kind::certificate) return false;
  const auto registered = parts.identity.claims().published_certificates().load();
  return registered->has(*caller.leaf, parts.clock.now());
}

// What a request touches that leaves no line of its own in the trail.
struct Touched {
  std::string_view data;  // "history"
  audit::AccessVerb verb;
};

// By what the row asks a key for, "history:read": kind of data, and verb.
std::optional<Touched> data_touched(const Route& route, const Caller& caller) {
  const bool is_member =
      caller.kind == Caller::Kind::session || caller.kind == Caller::Kind::api_key;
  const bool has_scope = route.access.who == Access::Who::member;
  if (!is_member || !has_scope || !route.audit.empty()) return std::nullopt;
  const std::string_view scope = to_text(route.access.scope);
  const auto colon = scope.find(':');
  const auto verb =
      scope.substr(colon + 1) == "read" ? audit::AccessVerb::read : audit::AccessVerb::write;
  return Touched{scope.substr(0, colon), verb};
}

// An operator who was let in acts there by the grant; about access and their own account, as
// themself.
std::string actor_of(const Access& access, const Caller& caller) {
  const bool is_own = access.who == Access::Who::person || access.who == Access::Who::anyone ||
                      access.who == Access::Who::staff;
  return caller.grant && is_own ? caller.person() : caller.actor();
}

}  // namespace

ErrorStyle style_of(std::string_view path) {
  if (path.starts_with("/.well-known/est/")) return ErrorStyle::text;
  return path.starts_with("/iot/") ? ErrorStyle::goa : ErrorStyle::ours;
}

Api::Api(Parts parts)
    : parts_(std::move(parts)),
      cors_(parts_.allowed_origins),
      accesses_(parts_.audit, parts_.clock, parts_.log),
      live_(std::make_unique<Live>(parts_)) {
  record_read_alarms(parts_);
  routes_ = make_routes(parts_, *live_, accesses_);
  for (Route& route : routes_) {
    if (route.style != ErrorStyle::ours) continue;
    route.described = find_described(route.method, route.pattern);
    // A row that was never described takes nothing at all; a test says that there is none.
    if (route.described == nullptr) route.described = &kUndescribed;
  }
  for (const Route& route : routes_) router_.add(route.method, route.pattern, &route);
}

Api::~Api() = default;

void Api::remove_belongings(OrganisationId organisation, std::function<void(Result<void>)> done) {
  api::remove_belongings(parts_, organisation, std::move(done));
}

void Api::handle(http::Request request, http::Responder respond) {
  respond = cors_.readable(request, std::move(respond));
  auto match = router_.match(request.method, request.path);
  if (match.route == nullptr) return respond(answer_without_row(request, match.allowed));
  const Route& route = **match.route;
  const bool takes_claims = route.access.who == Access::Who::enroller;
  auto caller =
      identify(request, parts_.accounts, takes_claims ? ClaimCodes::taken : ClaimCodes::not_taken);
  if (!caller && route.access.who != Access::Who::anyone) {
    return respond(render(caller.error(), route.style, request.id));
  }

  auto call = std::make_shared<Call>();
  call->request = std::move(request);
  call->request.parameters = std::move(match.parameters);
  // Bad credentials are no worse than none where none are needed.
  if (caller) call->caller = std::move(caller).value();
  if (takes_claims && shows_claim_certificate(parts_, call->caller)) {
    call->caller.kind = Caller::Kind::claimant;
  }
  if (const auto served = may_run(route, *call); !served) {
    return respond(refusal(route, *call, served.error()));
  }
  if (is_too_fast(call->caller)) {
    auto response = render({Status::too_many_requests, {}, {}}, route.style, call->request.id);
    // A key is never further from its next request than the header's smallest value.
    response.headers.set("retry-after", "1");
    return respond(std::move(response));
  }
  if (route.described != nullptr) {
    if (const auto fits = check_described(*route.described, call->request); !fits) {
      return respond(refusal(route, *call, fits.error()));
    }
  }
  if (const auto admitted = admit_order(parts_, route, *call); !admitted) {
    return respond(refusal(route, *call, admitted.error()));
  }
  run(route, std::move(call), std::move(respond));
}

Result<void, Problem> Api::may_run(const Route& route, const Call& call) const {
  const Caller& caller = call.caller;
  FASTNESS_RETURN_IF_ERROR(check(route.access, caller));
  FASTNESS_RETURN_IF_ERROR(
      check_thing(route.access, caller, call.request.parameters, parts_.things));
  FASTNESS_RETURN_IF_ERROR(check_viewing(route.access, route.method, caller));
  FASTNESS_RETURN_IF_ERROR(check(parts_.restrictions.level(), route));
  return check(parts_.switches, route);
}

http::Response Api::refusal(const Route& route, const Call& call, const Problem& problem) {
  if (!route.audit.empty()) record(route, call, code_of(problem));
  return render(problem, route.style, call.request.id);
}

http::Response Api::answer_without_row(const http::Request& request,
                                       const std::vector<http::Method>& allowed) const {
  if (cors_.is_preflight(request, allowed)) return Cors::answer(allowed);
  const ErrorStyle style = style_of(request.path);
  if (allowed.empty()) {
    return render({Status::not_found, "This server has nothing at this path.", {}}, style,
                  request.id);
  }
  auto response = render({Status::method_not_allowed, {}, {}}, style, request.id);
  response.headers.set("allow", to_list(allowed));
  return response;
}

void Api::run(const Route& route, std::shared_ptr<Call> call, http::Responder respond) {
  tally(route, call->caller);
  // Shared, because std::function copies what it holds; the reply is used once.
  auto once = std::make_shared<http::Responder>(std::move(respond));
  Reply reply = [this, &route, call, once](Answer answer) {
    finish_order(parts_, *call, answer);
    if (!route.audit.empty() && !call->is_old_news) {
      const std::string_view result = answer ? "ok" : code_of(answer.error());
      record(route, *call, call->audit_result.empty() ? result : call->audit_result);
    }
    if (!answer) return (*once)(render(answer.error(), route.style, call->request.id));
    http::Response response = std::move(answer).value();
    watch_reads(route, *call, response);
    (*once)(std::move(response));
  };
  route.handler(std::move(call), std::move(reply));
}

// What is about somebody's own account is in the trail of their own organisation, wherever they
// work: an employer does not read in theirs that a factor was set.
OrganisationId Api::trail_of(const Route& route, const Call& call) {
  const Caller& caller = call.caller;
  if (call.audit_organisation) return *call.audit_organisation;
  if (caller.kind == Caller::Kind::api_key) return caller.organisation;
  if (caller.kind != Caller::Kind::session) return OrganisationId(Uuid(Uuid::Bytes{}));
  const bool is_own =
      route.access.who == Access::Who::person || route.access.who == Access::Who::anyone;
  return is_own ? caller.home : caller.organisation;
}

void Api::record(const Route& route, const Call& call, std::string_view result) {
  audit::Event event{trail_of(route, call),
                     actor_of(route.access, call.caller),
                     std::string(route.audit),
                     call.object.empty() ? object_of(route.pattern, call.request) : call.object,
                     call.request.peer.address,
                     std::string(result),
                     call.request.id,
                     call.caller.session ? short_form(*call.caller.session) : std::string()};
  if (const auto recorded = parts_.audit.record(std::move(event)); !recorded) {
    parts_.log.error("audit_failed", {{"why", recorded.error().message}});
  }
}

void Api::tally(const Route& route, const Caller& caller) {
  const auto touched = data_touched(route, caller);
  if (!touched) return;
  accesses_.note(caller.organisation, caller.actor(), touched->verb, touched->data);
}

// Answers come from any thread, and are counted on the control thread.
void Api::watch_reads(const Route& route, const Call& call, http::Response& response) {
  const auto touched = data_touched(route, call.caller);
  if (!touched || touched->verb != audit::AccessVerb::read) return;
  accounts::Reader reader{call.caller.organisation, call.caller.user, call.caller.client_id};
  meter(response,
        [post = parts_.post_to_control, &reads = parts_.accounts.reads(),
         reader = std::move(reader), address = call.request.peer.address](std::uint64_t bytes) {
          post([&reads, reader, address, bytes] { reads.note(reader, bytes, address); });
        });
}

bool Api::is_too_fast(const Caller& caller) {
  if (caller.kind != Caller::Kind::api_key) return false;
  return !requests_.take(caller.client_id, parts_.clock.steady());
}

}  // namespace fastness::api
