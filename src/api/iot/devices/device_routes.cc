// /iot/v2/devices: hardware, its comings and goings.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/iot/request.h"
#include "api/iot/views.h"
#include "api/operations.h"
#include "api/query.h"
#include "api/routes.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using http::Method;
using http::Status;
using iot::Shape;

constexpr const char* kMedia = "devicev2";

http::Response shown_device(Status status, const Parts& parts, const things::Device& device) {
  json::Writer out;
  iot::write(out, parts, device);
  return iot::body(status, kMedia, Shape::single, std::move(out));
}

// What may be said about a device, in a creation or a change.
Result<things::DeviceChanges, Problem> read_changes(const iot::Body& body) {
  things::DeviceChanges changes;
  struct Field {
    const char* name;
    std::size_t max;
    std::optional<std::string>* target;
  };
  for (const Field& field :
       {Field{"name", 64, &changes.name}, Field{"type", 64, &changes.type},
        Field{"fqbn", 128, &changes.fqbn}, Field{"serial", 64, &changes.serial},
        Field{"connection_type", 16, &changes.connection_type},
        Field{"unique_hardware_id", 64, &changes.unique_hardware_id},
        Field{"wifi_fw_version", 10, &changes.wifi_fw_version},
        Field{"ble_mac", 17, &changes.ble_mac}}) {
    auto text = body.text(field.name, field.max);
    if (!text) return propagate(std::move(text));
    *field.target = std::move(text).value();
  }
  return changes;
}

things::DeviceDraft to_draft(things::DeviceChanges&& changes) {
  const auto take = [](std::optional<std::string>& text) {
    return std::move(text).value_or(std::string());
  };
  things::DeviceDraft draft;
  draft.name = take(changes.name);
  draft.type = take(changes.type);
  draft.fqbn = take(changes.fqbn);
  draft.serial = take(changes.serial);
  draft.connection_type = take(changes.connection_type);
  draft.unique_hardware_id = take(changes.unique_hardware_id);
  draft.wifi_fw_version = take(changes.wifi_fw_version);
  draft.ble_mac = take(changes.ble_mac);
  return draft;
}

Answer list_devices(const Parts& parts, const Call& call) {
  auto tags = query_tags(call, "tags");
  if (!tags) return propagate(std::move(tags));
  const auto serial = call.request.query.find("serial");
  const auto hardware_id = call.request.query.find("unique_hardware_id");
  json::Writer out;
  out.begin_array();
  for (const auto* device :
       parts.devices.list(call.caller.organisation, iot::deleted(call), *tags)) {
    if (serial && *serial != device->said.serial) continue;
    if (hardware_id && *hardware_id != device->said.unique_hardware_id) continue;
    iot::write(out, parts, *device);
  }
  out.end_array();
  return iot::body(Status::ok, kMedia, Shape::collection, std::move(out));
}

Answer create_from(Parts& parts, Call& call, const iot::Body& body) {
  auto changes = read_changes(body);
  if (!changes) return propagate(std::move(changes));
  if (!changes->type) return refuse(Status::bad_request, "is missing", "type");
  auto device = create_device(parts, call.caller, to_draft(std::move(changes).value()));
  if (!device) return propagate(std::move(device));
  call.object = "device:" + device->id.value().to_text();
  return shown_device(Status::created, parts, *device);
}

Answer add_device(Parts& parts, Call& call) {
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  return create_from(parts, call, **body);
}

Answer claim(Parts& parts, Call& call) {
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  if (!(*body)->fields().has("unique_hardware_id")) {
    return refuse(Status::bad_request, "is missing", "unique_hardware_id");
  }
  return create_from(parts, call, **body);
}

Answer show_device(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "id"));
  return shown_device(Status::ok, parts, *device);
}

Answer update_device(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("id"));
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device,
                            find_device(parts, organisation, id, things::Deleted::shown));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  auto changes = read_changes(**body);
  if (!changes) return propagate(std::move(changes));
  auto soft_deleted = (*body)->boolean("soft_deleted");
  if (!soft_deleted) return propagate(std::move(soft_deleted));
  if (device->deleted_at) {
    // The only change that a deleted device takes is to come back.
    if (*soft_deleted != std::optional(false)) return refuse(Status::not_found, {});
    auto restored = restore_device(parts, organisation, id);
    if (!restored) return propagate(std::move(restored));
  }
  FASTNESS_REFUSE_IF_ERROR(parts.devices.update(organisation, id, std::move(changes).value()));
  return show_device(parts, call);
}

Answer delete_device(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("id"));
  auto removed = remove_device(parts, call.caller.organisation, id, iot::removal(call));
  if (!removed) return propagate(std::move(removed));
  return iot::ok();
}

Answer forget_hardware_id(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("id"));
  things::DeviceChanges changes;
  changes.unique_hardware_id = "";
  FASTNESS_REFUSE_IF_ERROR(parts.devices.update(call.caller.organisation, id, std::move(changes)));
  return show_device(parts, call);
}

// One end of a connection.
struct Turn {
  enum class What : std::uint8_t { connected, disconnected };
  Timestamp time;
  What what;
};

// The newest `limit` of them, before `start` if that is given.
Result<std::vector<Turn>, Problem> turns(const Parts& parts, const Call& call) {
  constexpr std::int64_t kMost = things::Devices::kMaxConnections;
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto limit, query_integer(call, "limit", {1, kMost, 30}));
  FASTNESS_ASSIGN_OR_REFUSE(const auto start, query_time(call, "start", Timestamp::max()));
  FASTNESS_ASSIGN_OR_REFUSE(const auto connections,
                            parts.devices.connections(device->organisation, device->id, kMost));
  std::vector<Turn> turns;
  const auto add = [&](const std::optional<Timestamp>& time, Turn::What what) {
    if (time && *time < start && std::ssize(turns) < limit) turns.push_back({*time, what});
  };
  for (const auto& connection : connections) {
    add(connection.disconnected_at, Turn::What::disconnected);
    add(connection.connected_at, Turn::What::connected);
  }
  return turns;
}

Answer status(const Parts& parts, const Call& call) {
  auto list = turns(parts, call);
  if (!list) return propagate(std::move(list));
  json::Writer out;
  out.begin_object();
  out.field("id", call.request.parameters.find("id"));
  out.begin_array("events");
  for (const Turn& turn : *list) {
    out.begin_object();
    out.field("updated_at", turn.time);
    out.field("value", turn.what == Turn::What::connected ? "CONNECTED" : "DISCONNECTED");
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return iot::body(Status::ok, "devicev2.status.events", Shape::single, std::move(out));
}

// What the board said about itself, as named values.
Answer events(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "id"));
  json::Writer out;
  const auto event = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    out.begin_object();
    out.field("name", name);
    out.field("updated_at", device->updated_at);
    out.field("value", value);
    out.end_object();
  };
  out.begin_object();
  out.field("id", device->id.value());
  out.begin_array("events");
  event("LIB_VERSION", device->reported.lib_version);
  event("WIFI_FW_VERSION", device->reported.wifi_fw_version);
  event("OTA_SHA256", device->reported.sketch_sha256);
  out.end_array();
  out.end_object();
  return iot::body(Status::ok, "devicev2.event.properties", Shape::single, std::move(out));
}

Answer properties(const Parts& parts, const Call& call) {
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "id"));
  json::Writer out;
  out.begin_object();
  out.field("deviceId", device->id.value());
  out.field("user_id", (device->created_by ? *device->created_by : call.caller.user).value());
  out.field("data_retention_days", 0);  // kept until the owner's own limits say otherwise
  out.begin_array("properties");
  if (const auto* thing = parts.things.of_device(organisation, device->id)) {
    for (const auto* property :
         parts.things.properties(organisation, thing->id, iot::deleted(call))) {
      iot::write(out, parts, *property);
    }
  }
  out.end_array();
  out.end_object();
  return iot::body(Status::ok, "devicev2properties", Shape::single, std::move(out));
}

}  // namespace

void add_iot_device_routes(RouteList& routes, Parts& parts) {
  const Access read = member(Scope::devices_read);
  const Access write = member(Scope::devices_write);
  routes.add(Method::get, "/iot/v2/devices", read, "", on(parts, list_devices));
  routes.add(Method::put, "/iot/v2/devices", write, "device.create", on(parts, add_device));
  routes.add(Method::put, "/iot/v2/devices/claim", write, "device.create", on(parts, claim));
  routes.add(Method::get, "/iot/v2/devices/{id}", read, "", on(parts, show_device));
  routes.add(Method::post, "/iot/v2/devices/{id}", write, "device.update",
             on(parts, update_device));
  routes.add(Method::delete_, "/iot/v2/devices/{id}", proven(write), "device.delete",
             on(parts, delete_device));
  routes.add(Method::post, "/iot/v2/devices/{id}/remove-uhwid", write, "device.update",
             on(parts, forget_hardware_id));
  routes.add(Method::get, "/iot/v2/devices/{id}/status", read, "", on(parts, status));
  routes.add(Method::get, "/iot/v2/devices/{id}/events", read, "", on(parts, events));
  routes.add(Method::get, "/iot/v2/devices/{id}/properties", read, "", on(parts, properties));
}

}  // namespace fastness::api
