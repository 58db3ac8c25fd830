// /api/v1/claim-codes and /api/v1/claims: the codes by which devices come in, and who waits, by
// whichever way. How a device uses one is in src/api/est.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "api/operations.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "api/v1/views.h"
#include "identity/claims/claims.h"
#include "identity/identity.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using http::Method;
using http::Status;
using identity::Approval;
using identity::Claim;
using identity::ClaimCode;
using identity::ClaimCodeId;
using identity::ClaimId;
using v1::object;

constexpr std::chrono::hours kWeek{24 * 7};

void write(json::Writer& out, const Claim& claim) {
  out.begin_object();
  out.field("id", claim.id.value());
  out.field("claim_code_id", claim.code.value());
  out.field("by", claim.by == identity::ClaimBy::code ? "code" : "certificate");
  out.field("label", claim.label);
  out.field("hardware_id", claim.hardware_id);
  out.field("key_sha256", to_hex(claim.key));
  out.field("device_id", claim.device.value());
  out.field("state", identity::to_text(claim.state));
  out.field("address", claim.address);
  out.field("made_at", claim.made_at);
  out.field("expires_at", claim.expires_at);
  out.end_object();
}

// --- codes ---------------------------------------------------------------------------------------

Answer list_codes(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto codes,
                            parts.identity.claims().list(call.caller.organisation));
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("claim_codes");
    for (const ClaimCode& code : codes) v1::write(out, code);
    out.end_array();
  });
}

// A code for one device waits for its owner unless told otherwise; whoever prints one for many
// wants them in.
Approval approval_of(const v1::CreateClaimCodesRequest& request) {
  if (!request.approval) return request.uses == 1 ? Approval::owner : Approval::none;
  return *request.approval == v1::ClaimApproval::none ? Approval::none : Approval::owner;
}

Result<identity::ClaimCodeWish, Problem> to_wish(const Parts& parts, const Call& call,
                                                 v1::CreateClaimCodesRequest&& request) {
  identity::ClaimCodeWish wish{call.caller.organisation,
                               call.caller.user,
                               std::move(request.label),
                               std::nullopt,
                               request.uses,
                               approval_of(request),
                               request.expires_at.value_or(parts.clock.now() + kWeek)};
  if (request.hardware_id) {
    FASTNESS_ASSIGN_OR_REFUSE(wish.hardware_id, identity::HardwareId::parse(*request.hardware_id));
  }
  return wish;
}

// The trail names one code, or says how many.
std::string object_of_made(const std::vector<identity::NewClaimCode>& made) {
  return made.size() == 1 ? "claim_code:" + made.front().code.id.value().to_text()
                          : "claim_codes:" + std::to_string(made.size());
}

Answer create_codes(Parts& parts, Call& call) {
  FASTNESS_REFUSE_IF_ERROR(check_unlocked(parts));
  auto request = v1::read_body<v1::CreateClaimCodesRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto count = static_cast<std::size_t>(request->codes);
  auto wish = to_wish(parts, call, std::move(request).value());
  if (!wish) return propagate(std::move(wish));
  auto created = parts.identity.claims().create(*wish, count);
  if (!created && created.error().code == Errc::exhausted) {
    return refuse(
        Status::conflict,
        "The organisation has 10000 claim codes, which is the most: revoke those that are "
        "used up or over.");
  }
  if (!created) return refuse(created);
  const std::vector<identity::NewClaimCode> made = std::move(created).value();
  call.object = object_of_made(made);
  http::Response response = object(Status::created, [&](json::Writer& out) {
    out.begin_array("claim_codes");
    for (const identity::NewClaimCode& each : made) {
      out.begin_object();
      out.key("claim_code");
      v1::write(out, each.code);
      out.field("code", as_text(each.text.reveal()));
      out.end_object();
    }
    out.end_array();
  });
  response.headers.set("cache-control", "no-store");
  return response;
}

Answer revoke_code(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ClaimCodeId>("claim_code_id"));
  FASTNESS_REFUSE_IF_ERROR(parts.identity.claims().remove(call.caller.organisation, id));
  return http::Response::empty(Status::no_content);
}

// --- who waits -----------------------------------------------------------------------------------

Answer list_waiting(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto claims,
                            parts.identity.claims().waiting(call.caller.organisation));
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("claims");
    for (const Claim& claim : claims) write(out, claim);
    out.end_array();
  });
}

Unexpected<Problem> refuse_decision(const Error& error) {
  switch (error.code) {
    case Errc::already_exists:
      return refuse(Status::conflict,
                    "This was decided already. A device that has its certificate is taken back on "
                    "its own page: suspend or revoke it.");
    case Errc::permission_denied:
      return refuse(Status::conflict, "The claim code is over: the device needs another one.");
    default:
      return {to_problem(error)};
  }
}

using Decision = Result<Claim> (identity::Claims::*)(OrganisationId, ClaimId);

SyncHandler decide(Parts& parts, Decision decision) {
  return [&parts, decision](Call& call) -> Answer {
    FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ClaimId>("claim_id"));
    const auto claim = (parts.identity.claims().*decision)(call.caller.organisation, id);
    if (!claim) return refuse_decision(claim.error());
    json::Writer out;
    write(out, *claim);
    return http::Response::json(Status::ok, std::move(out).text());
  };
}

}  // namespace

void add_claim_routes(RouteList& routes, Parts& parts) {
  const Access reading = member(Scope::devices_read);
  const Access enrolling = member(Scope::devices_enrol);
  routes.add(Method::get, "/api/v1/claim-codes", reading, "", on(parts, list_codes));
  routes.add(Method::post, "/api/v1/claim-codes", proven(enrolling), "claim_code.create",
             on(parts, create_codes));
  routes.add(Method::delete_, "/api/v1/claim-codes/{claim_code_id}", enrolling, "claim_code.revoke",
             on(parts, revoke_code));
  routes.add(Method::get, "/api/v1/claims", reading, "", on(parts, list_waiting));
  const SyncHandler approve = decide(parts, &identity::Claims::approve);
  routes.add(Method::post, "/api/v1/claims/{claim_id}/approve", enrolling, "claim.approve",
             [&parts, approve](Call& call) -> Answer {
               FASTNESS_REFUSE_IF_ERROR(check_unlocked(parts));
               return approve(call);
             });
  routes.add(Method::post, "/api/v1/claims/{claim_id}/refuse", enrolling, "claim.refuse",
             decide(parts, &identity::Claims::refuse));
}

}  // namespace fastness::api
