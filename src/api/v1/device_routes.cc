// /api/v1/devices: what owners say about hardware. Its keys are in identity_routes.cc.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/operations.h"
#include "api/query.h"
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

http::Response device_response(Status status, const Parts& parts, const things::Device& device) {
  json::Writer out;
  v1::write(out, parts, device);
  return http::Response::json(status, std::move(out).text());
}

Answer list_devices(const Parts& parts, const Call& call) {
  auto tags = query_tags(call, "tag");
  if (!tags) return propagate(std::move(tags));
  const auto status = call.request.query.find("status");
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("devices");
    for (const auto* device :
         parts.devices.list(call.caller.organisation, things::Deleted::hidden, *tags)) {
      if (!status || *status == v1::to_text(device->status)) v1::write(out, parts, *device);
    }
    out.end_array();
  });
}

// Attaches the device to `thing`, away from whatever had it; nothing detaches it.
Result<void, Problem> place(Parts& parts, OrganisationId organisation, DeviceId device,
                            const std::optional<Uuid>& thing) {
  if (thing) {
    FASTNESS_REFUSE_IF_ERROR(
        parts.things.attach(organisation, ThingId(*thing), device, things::Attach::force));
  } else if (const auto* current = parts.things.of_device(organisation, device)) {
    FASTNESS_REFUSE_IF_ERROR(parts.things.detach(organisation, current->id));
  }
  return {};
}

Answer add_device(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::CreateDeviceRequest>(call);
  if (!request) return propagate(std::move(request));
  v1::CreateDeviceRequest fields = std::move(request).value();
  const OrganisationId organisation = call.caller.organisation;
  if (fields.thing_id) {
    const auto thing = find_thing(parts, organisation, ThingId(*fields.thing_id));
    if (!thing) return refuse(Status::bad_request, "names no thing", "thing_id");
  }
  things::DeviceDraft draft;
  draft.name = std::move(fields.name);
  draft.type = std::move(fields.type);
  draft.fqbn = std::move(fields.fqbn).value_or("");
  draft.serial = std::move(fields.serial).value_or("");
  if (fields.tags) draft.tags = v1::to_tags(*std::move(fields.tags));
  auto device = create_device(parts, call.caller, std::move(draft));
  if (!device) return propagate(std::move(device));
  call.object = "device:" + device->id.value().to_text();
  if (fields.thing_id) {
    auto placed = place(parts, organisation, device->id, fields.thing_id);
    if (!placed) return propagate(std::move(placed));
  }
  return device_response(Status::created, parts, *device);
}

Answer show_device(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "device_id"));
  return device_response(Status::ok, parts, *device);
}

Answer update_device(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("device_id"));
  auto request = v1::read_body<v1::UpdateDeviceRequest>(call);
  if (!request) return propagate(std::move(request));
  v1::UpdateDeviceRequest fields = std::move(request).value();
  things::DeviceChanges changes;
  changes.name = std::move(fields.name);
  changes.type = std::move(fields.type);
  changes.fqbn = std::move(fields.fqbn);
  changes.serial = std::move(fields.serial);
  if (fields.tags) changes.tags = v1::to_tags(*std::move(fields.tags));
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_REFUSE_IF_ERROR(parts.devices.update(organisation, id, std::move(changes)));
  if (fields.thing_id) {
    auto placed = place(parts, organisation, id, *fields.thing_id);
    if (!placed) return propagate(std::move(placed));
  }
  return show_device(parts, call);
}

Answer delete_device(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("device_id"));
  auto removed = remove_device(parts, call.caller.organisation, id, things::Removal::forced);
  if (!removed) return propagate(std::move(removed));
  return http::Response::empty(Status::no_content);
}

Answer connections(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("device_id"));
  FASTNESS_ASSIGN_OR_REFUSE(
      const auto connections,
      parts.devices.connections(call.caller.organisation, id, things::Devices::kMaxConnections));
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("connections");
    for (const auto& connection : connections) v1::write(out, connection);
    out.end_array();
  });
}

}  // namespace

void add_device_routes(RouteList& routes, Parts& parts) {
  const Access read = member(Scope::devices_read);
  const Access write = member(Scope::devices_write);
  routes.add(Method::get, "/api/v1/devices", read, "", on(parts, list_devices));
  routes.add(Method::post, "/api/v1/devices", write, "device.create", on(parts, add_device));
  routes.add(Method::get, "/api/v1/devices/{device_id}", read, "", on(parts, show_device));
  routes.add(Method::patch, "/api/v1/devices/{device_id}", write, "device.update",
             on(parts, update_device));
  routes.add(Method::delete_, "/api/v1/devices/{device_id}", proven(write), "device.delete",
             on(parts, delete_device));
  routes.add(Method::get, "/api/v1/devices/{device_id}/connections", read, "",
             on(parts, connections));
}

}  // namespace fastness::api
