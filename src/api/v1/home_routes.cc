// The first page, and what everybody may know of this server.
#include <algorithm>
#include <vector>

#include "api/routes.h"
#include "api/v1/attention.h"
#include "api/v1/body.h"
#include "api/v1/live/live.h"
#include "api/v1/views.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using v1::object;

constexpr std::size_t kMaxEvents = 20;

struct Event {
  Timestamp time;
  std::string text;
  const things::Device* device;
};

// What happened last: the newest coming and going of each device.
std::vector<Event> recent_events(const std::vector<const things::Device*>& devices) {
  std::vector<Event> events;
  for (const things::Device* device : devices) {
    const auto& connection = device->connection;
    if (!connection) continue;
    events.push_back({connection->connected_at, device->said.name + " connected.", device});
    if (connection->disconnected_at) {
      events.push_back({*connection->disconnected_at,
                        device->said.name + " went offline. " +
                            v1::explain(connection->reason, connection->detail),
                        device});
    }
  }
  std::sort(events.begin(), events.end(),
            [](const Event& a, const Event& b) { return a.time > b.time; });
  if (events.size() > kMaxEvents) events.erase(events.begin() + kMaxEvents, events.end());
  return events;
}

void write_events(json::Writer& out, const std::vector<const things::Device*>& devices) {
  out.begin_array("events");
  for (const Event& event : recent_events(devices)) {
    out.begin_object();
    out.field("time", event.time);
    out.field("text", event.text);
    out.field("device_id", event.device->id.value());
    out.end_object();
  }
  out.end_array();
}

Answer home(Parts& parts, const Live& live, const Call& call) {
  const OrganisationId organisation = call.caller.organisation;
  const auto counts = parts.devices.count(organisation);
  const StorageUse storage = parts.storage(organisation);
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("attention");
    for (const Attention& each : attention_of(parts, live, call.caller)) write(out, each);
    out.end_array();
    out.begin_array("things");
    for (const auto* thing : parts.things.list(organisation)) v1::write(out, parts, *thing);
    out.end_array();
    out.begin_object("devices");
    out.field("total", counts.total);
    out.field("online", counts.online);
    out.field("offline", counts.offline);
    out.field("never", counts.total - counts.online - counts.offline);
    out.end_object();
    out.begin_object("storage");
    out.field("bytes", storage.bytes);
    out.field("used_bytes", storage.used_bytes);
    out.field("cap_bytes", storage.cap_bytes);
    out.field("disk_full", parts.room().is_disk_full());
    out.end_object();
    write_events(out, parts.devices.list(organisation));
  });
}

Answer limits_reached(const Parts& parts, const Call& call) {
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("reached");
    for (const LimitReached& each : parts.limits_reached(call.caller.organisation)) {
      out.begin_object();
      out.field("limit", each.limit);
      if (each.device) out.field("device_id", each.device->value());
      out.field("count", each.count);
      out.field("first_at", each.first);
      out.field("last_at", each.last);
      out.end_object();
    }
    out.end_array();
  });
}

Answer trust(const Parts& parts) {
  const TrustAnchors anchors = parts.trust();
  return object(Status::ok, [&](json::Writer& out) {
    out.field("root_set", anchors.root_set);
    out.field("active_root_pem", anchors.active_root_pem);
    out.field("standby_root_pem", anchors.standby_root_pem);
    out.begin_object("fingerprints");
    out.field("active_root", anchors.active_root_fingerprint);
    out.field("standby_root", anchors.standby_root_fingerprint);
    out.end_object();
    out.begin_array("names");
    for (const std::string& name : anchors.names) out.value(name);
    out.end_array();
  });
}

}  // namespace

void add_home_routes(RouteList& routes, Parts& parts, const Live& live) {
  routes.add(Method::get, "/api/v1/home", member(accounts::Scope::things_read), "",
             [&parts, &live](Call& call) { return home(parts, live, call); });
  routes.add(Method::get, "/api/v1/limits", member(accounts::Scope::devices_read), "",
             on(parts, limits_reached));
  routes.add(Method::get, "/api/v1/trust", anyone(), "", [&parts](Call&) { return trust(parts); });
}

}  // namespace fastness::api
