// /api/v1/devices/{device_id}/...: by what a device proves who it is.
#include <string>
#include <utility>

#include "api/boards.h"
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

Answer enrol(Parts& parts, const Call& call) {
  auto request = v1::read_body<v1::EnrolDeviceRequest>(call);
  if (!request) return propagate(std::move(request));
  v1::EnrolDeviceRequest fields = std::move(request).value();
  const auto profile = fields.profile == v1::Profile::board ? vault_ipc::Profile::board
                                                            : vault_ipc::Profile::standard;
  auto issued =
      enrol_device(parts, call, {"device_id", profile, std::move(fields.csr_pem), "csr_pem"});
  if (!issued) return propagate(std::move(issued));
  return object(Status::created, [&](json::Writer& out) {
    out.key("certificate");
    v1::write(out, to_record(*issued));
    out.field("certificate_pem", issued->certificate.to_pem());
    out.field("chain_pem", issued->certificate.to_pem() + issued->chain_pem);
    if (profile == vault_ipc::Profile::board) {
      // What a person types into its provisioning sketch.
      out.begin_object("board_parts");
      write_board_parts(out, identity::parts_of(issued->certificate));
      out.end_object();
    }
  });
}

Answer make_secret(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "device_id"));
  FASTNESS_REFUSE_IF_ERROR(check_unlocked(parts));
  const std::string secret = parts.identity.suggest_secret();
  FASTNESS_REFUSE_IF_ERROR(parts.identity.set_secret(device->organisation, device->id, secret,
                                                     identity::Identity::SecretOrigin::suggested));
  return object(Status::created, [&](json::Writer& out) {
    out.field("device_id", device->id.value());
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
    FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "device_id"));
    auto request = v1::read_body<v1::ReasonRequest>(call);
    if (!request) return propagate(std::move(request));
    FASTNESS_REFUSE_IF_ERROR(
        change(device->organisation, device->id, request->reason.value_or("")));
    json::Writer out;
    v1::write(out, parts, *device);
    return http::Response::json(Status::ok, std::move(out).text());
  };
}

Answer undo_key_change(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "device_id"));
  auto request = v1::read_body<v1::ReasonRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto undone = parts.identity.undo_key_change(device->organisation, device->id);
  if (!undone && undone.error().code == Errc::not_found) {
    return refuse(Status::conflict,
                  "This device has no change of key that can be taken back: that goes once, within "
                  "24 hours.");
  }
  if (!undone) return refuse(undone);
  json::Writer out;
  v1::write(out, parts, *device);
  return http::Response::json(Status::ok, std::move(out).text());
}

}  // namespace

void add_identity_routes(RouteList& routes, Parts& parts) {
  const Access enrolling = member(Scope::devices_enrol);
  auto& identity = parts.identity;
  routes.add(Method::post, "/api/v1/devices/{device_id}/enrol", enrolling, "device.enrol",
             on(parts, enrol));
  routes.add(Method::post, "/api/v1/devices/{device_id}/secret", enrolling, "device.set_secret",
             on(parts, make_secret));
  routes.add(Method::delete_, "/api/v1/devices/{device_id}/secret", enrolling,
             "device.clear_secret", on(parts, clear_secret));
  routes.add(Method::get, "/api/v1/devices/{device_id}/certificates", member(Scope::devices_read),
             "", on(parts, certificates));
  routes.add(Method::post, "/api/v1/devices/{device_id}/suspend", enrolling, "device.suspend",
             state_handler(parts, [&identity](auto organisation, auto id, auto reason) {
               return identity.suspend(organisation, id, std::move(reason));
             }));
  routes.add(Method::post, "/api/v1/devices/{device_id}/resume", enrolling, "device.resume",
             state_handler(parts, [&identity](auto organisation, auto id, const auto&) {
               return identity.resume(organisation, id);
             }));
  routes.add(Method::post, "/api/v1/devices/{device_id}/undo-key-change", proven(enrolling),
             "device.undo_key_change", on(parts, undo_key_change));
  routes.add(Method::post, "/api/v1/devices/{device_id}/revoke", enrolling, "device.revoke",
             state_handler(parts, [&identity](auto organisation, auto id, auto reason) {
               return identity.revoke(organisation, id, std::move(reason));
             }));
}

}  // namespace fastness::api
