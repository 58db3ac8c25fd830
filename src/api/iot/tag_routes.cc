// /iot/v2/devices/{id}/tags and /iot/v2/things/{id}/tags: two registries, one behaviour.
#include <string>
#include <utility>

#include "api/iot/request.h"
#include "api/iot/views.h"
#include "api/routes.h"
#include "things/devices.h"
#include "things/things.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using http::Method;
using http::Status;
using iot::Shape;

struct OfDevices {
  using Id = DeviceId;
  static constexpr std::string_view kAll = "/iot/v2/devices/{id}/tags";
  static constexpr std::string_view kOne = "/iot/v2/devices/{id}/tags/{key}";
  static constexpr std::string_view kAudit = "device.update";
  static constexpr Scope kRead = Scope::devices_read;
  static constexpr Scope kWrite = Scope::devices_write;
  static things::Devices& registry(const Parts& parts) { return parts.devices; }
};

struct OfThings {
  using Id = ThingId;
  static constexpr std::string_view kAll = "/iot/v2/things/{id}/tags";
  static constexpr std::string_view kOne = "/iot/v2/things/{id}/tags/{key}";
  static constexpr std::string_view kAudit = "thing.update";
  static constexpr Scope kRead = Scope::things_read;
  static constexpr Scope kWrite = Scope::things_write;
  static things::Things& registry(const Parts& parts) { return parts.things; }
};

template <typename Of>
Answer show_tags(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<typename Of::Id>("id"));
  const auto* tagged = Of::registry(parts).find(call.caller.organisation, id);
  if (tagged == nullptr) return refuse(Status::not_found, {});
  json::Writer out;
  out.begin_object();
  iot::write_tag_list(out, tagged->said.tags);
  out.end_object();
  return iot::body(Status::ok, "tags", Shape::single, std::move(out));
}

template <typename Of>
Answer set(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<typename Of::Id>("id"));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  FASTNESS_ASSIGN_OR_REFUSE(std::string key, (*body)->fields().text("key", {.max = 64}));
  FASTNESS_ASSIGN_OR_REFUSE(std::string value, (*body)->fields().text("value", {.max = 64}));
  FASTNESS_REFUSE_IF_ERROR(
      Of::registry(parts).set_tag(call.caller.organisation, id, std::move(key), std::move(value)));
  return iot::ok();
}

template <typename Of>
Answer remove_tag(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<typename Of::Id>("id"));
  FASTNESS_REFUSE_IF_ERROR(Of::registry(parts).remove_tag(call.caller.organisation, id,
                                                          call.request.parameters.find("key")));
  return iot::ok();
}

template <typename Of>
void add(RouteList& routes, Parts& parts) {
  routes.add(Method::get, Of::kAll, member(Of::kRead), "", on(parts, show_tags<Of>));
  routes.add(Method::put, Of::kAll, member(Of::kWrite), Of::kAudit, on(parts, set<Of>));
  routes.add(Method::delete_, Of::kOne, member(Of::kWrite), Of::kAudit, on(parts, remove_tag<Of>));
}

}  // namespace

void add_iot_tag_routes(RouteList& routes, Parts& parts) {
  add<OfDevices>(routes, parts);
  add<OfThings>(routes, parts);
}

}  // namespace fastness::api
