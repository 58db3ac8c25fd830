// /api/v1/claim-certificates: the public halves of keys that a batch of devices was made with. How
// a device uses one is in src/api/est.
#include <algorithm>
#include <iterator>
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
using identity::ClaimCode;
using identity::ClaimCodeId;
using v1::object;

Answer list_certificates(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto list,
                            parts.identity.claims().certificates(call.caller.organisation));
  return object(Status::ok, [&](json::Writer& out) {
    out.field("common_name", call.caller.organisation.value());
    out.begin_array("claim_certificates");
    for (const ClaimCode& each : list) v1::write(out, each);
    out.end_array();
  });
}

// As for codes: what is for one device waits for its owner unless told otherwise.
Approval approval_wanted(const v1::CreateClaimCertificateRequest& request, std::int64_t uses) {
  if (!request.approval) return uses == 1 ? Approval::owner : Approval::none;
  return *request.approval == v1::ClaimApproval::none ? Approval::none : Approval::owner;
}

Result<identity::ClaimCertificateWish, Problem> wish_of(
    const Call& call, v1::CreateClaimCertificateRequest&& request) {
  std::vector<identity::HardwareId> hardware_ids;
  if (request.hardware_ids) {
    for (const std::string& untrusted : *request.hardware_ids) {
      FASTNESS_ASSIGN_OR_REFUSE(auto hardware_id, identity::HardwareId::parse(untrusted));
      hardware_ids.push_back(std::move(hardware_id));
    }
  }
  const std::int64_t listed = std::max<std::int64_t>(1, std::ssize(hardware_ids));
  const std::int64_t uses = request.uses.value_or(listed);
  return identity::ClaimCertificateWish{
      call.caller.organisation,           call.caller.user,        std::move(request.label),
      std::move(request.certificate_pem), std::move(hardware_ids), uses,
      approval_wanted(request, uses),     request.expires_at};
}

Unexpected<Problem> refuse_registration(const Error& error) {
  switch (error.code) {
    case Errc::already_exists:
      return refuse(Status::conflict, "This certificate is registered already.");
    case Errc::exhausted:
      return refuse(Status::conflict,
                    "The organisation has 10000 claim codes and claim certificates, which is the "
                    "most: revoke those that are used up or over.");
    default:
      return {to_problem(error)};
  }
}

Answer register_certificate(Parts& parts, Call& call) {
  FASTNESS_REFUSE_IF_ERROR(check_unlocked(parts));
  auto request = v1::read_body<v1::CreateClaimCertificateRequest>(call);
  if (!request) return propagate(std::move(request));
  auto wish = wish_of(call, std::move(request).value());
  if (!wish) return propagate(std::move(wish));
  const auto made = parts.identity.claims().register_certificate(*wish);
  if (!made) return refuse_registration(made.error());
  call.object = "claim_certificate:" + made->id.value().to_text();
  return object(Status::created, [&](json::Writer& out) { v1::write_members(out, *made); });
}

Answer revoke_certificate(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ClaimCodeId>("claim_certificate_id"));
  FASTNESS_REFUSE_IF_ERROR(
      parts.identity.claims().remove_certificate(call.caller.organisation, id));
  return http::Response::empty(Status::no_content);
}

}  // namespace

void add_claim_certificate_routes(RouteList& routes, Parts& parts) {
  const Access enrolling = member(Scope::devices_enrol);
  routes.add(Method::get, "/api/v1/claim-certificates", member(Scope::devices_read), "",
             on(parts, list_certificates));
  routes.add(Method::post, "/api/v1/claim-certificates", enrolling, "claim_certificate.create",
             on(parts, register_certificate));
  routes.add(Method::delete_, "/api/v1/claim-certificates/{claim_certificate_id}", enrolling,
             "claim_certificate.revoke", on(parts, revoke_certificate));
}

}  // namespace fastness::api
