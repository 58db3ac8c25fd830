// /api/v1/devices/{device_id}/...: by what a device proves who it is.
#include <string>
#include <utility>

#include "api/operations.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "api/v1/views.h"
#include "identity/identity.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using http::Method;
using http::Status;
using v1::object;

identity::CertificateRecord to_record(const identity::IssuedCertificate& issued) {
  return {issued.certificate.digest(), to_bytes(issued.certificate.der()), issued.entry,
          std::nullopt};
}

Answer enrol(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("device_id"));
  const OrganisationId organisation = call.caller.organisation;
  auto device = find_device(parts, organisation, id);
  if (!device) return propagate(std::move(device));
  auto request = v1::read_body<v1::EnrolDeviceRequest>(call);
  if (!request) return propagate(std::move(request));

  identity::Enrolment enrolment{
      organisation, id, vault_ipc::Profile::standard, request->csr_pem, {}};
  if (request->profile == v1::Profile::board) enrolment.profile = vault_ipc::Profile::board;
  const auto issued = parts.identity.enrol(enrolment);
  if (!issued && issued.error().code == Errc::permission_denied) {
    return refuse(
        Status::forbidden,
        "This device is known by another key, or is not active. If its key is lost, make a "
        "new device and give it this one's thing.");
  }
  if (!issued && issued.error().code == Errc::invalid_argument) {
    return refuse(Status::bad_request, "must be a PKCS#10 request for a P-256 key", "csr_pem");
  }
  if (!issued) return refuse(issued);
  return object(Status::created, [&](json::Writer& out) {
    out.key("certificate");
    v1::write(out, to_record(*issued));
    out.field("certificate_pem", issued->certificate.to_pem());
    out.field("chain_pem", issued->certificate.to_pem() + issued->chain_pem);
  });
}

Answer make_secret(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("device_id"));
  auto device = find_device(parts, call.caller.organisation, id);
  if (!device) return propagate(std::move(device));
  const std::string secret = parts.identity.suggest_secret();
  FASTNESS_REFUSE_IF_ERROR(parts.identity.set_secret(call.caller.organisation, id, secret,
                                                     identity::Identity::SecretOrigin::suggested));
  return object(Status::created, [&](json::Writer& out) {
    out.field("device_id", id.value());
    out.field("secret", secret);
  });
}

Answer clear_secret(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("device_id"));
  FASTNESS_REFUSE_IF_ERROR(parts.identity.clear_secret(call.caller.organisation, id));
  return http::Response::empty(Status::no_content);
}

Answer certificates(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("device_id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto records,
                            parts.identity.certificates(call.caller.organisation, id));
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("certificates");
    for (const auto& record : records) v1::write(out, record);
    out.end_array();
  });
}

// Runs `change(organisation, device, reason)` and shows the device.
template <typename Change>
SyncHandler state_handler(Parts& parts, Change change) {
  return [&parts, change](Call& call) -> Answer {
    FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("device_id"));
    const OrganisationId organisation = call.caller.organisation;
    auto device = find_device(parts, organisation, id);
    if (!device) return propagate(std::move(device));
    auto request = v1::read_body<v1::ReasonRequest>(call);
    if (!request) return propagate(std::move(request));
    FASTNESS_REFUSE_IF_ERROR(change(organisation, id, request->reason.value_or("")));
    json::Writer out;
    v1::write(out, parts, *parts.devices.find(organisation, id));
    return http::Response::json(Status::ok, std::move(out).text());
  };
}

}  // namespace

void add_identity_routes(RouteList& routes, Parts& parts) {
  const Access enrolling = member(Scope::devices_enrol);
  auto& identity = parts.identity;
  routes.add(Method::post, "/api/v1/devices/{device_id}/enrol", enrolling, "device.enrol",
             [&parts](Call& call) { return enrol(parts, call); });
  routes.add(Method::post, "/api/v1/devices/{device_id}/secret", enrolling, "device.set_secret",
             [&parts](Call& call) { return make_secret(parts, call); });
  routes.add(Method::delete_, "/api/v1/devices/{device_id}/secret", enrolling,
             "device.clear_secret", [&parts](Call& call) { return clear_secret(parts, call); });
  routes.add(Method::get, "/api/v1/devices/{device_id}/certificates", member(Scope::devices_read),
             "", [&parts](Call& call) { return certificates(parts, call); });
  routes.add(Method::post, "/api/v1/devices/{device_id}/suspend", enrolling, "device.suspend",
             state_handler(parts, [&identity](auto organisation, auto id, auto reason) {
               return identity.suspend(organisation, id, std::move(reason));
             }));
  routes.add(Method::post, "/api/v1/devices/{device_id}/resume", enrolling, "device.resume",
             state_handler(parts, [&identity](auto organisation, auto id, const auto&) {
               return identity.resume(organisation, id);
             }));
  routes.add(Method::post, "/api/v1/devices/{device_id}/revoke", enrolling, "device.revoke",
             state_handler(parts, [&identity](auto organisation, auto id, auto reason) {
               return identity.revoke(organisation, id, std::move(reason));
             }));
}

}  // namespace fastness::api
