// /iot/v2/things/{id}/properties: what a thing has.
#include <string>
#include <utility>

#include "api/iot/property_body.h"
#include "api/iot/request.h"
#include "api/iot/views.h"
#include "api/operations.h"
#include "api/routes.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using http::Method;
using http::Status;
using iot::Shape;

constexpr const char* kPropertyMedia = "property";

http::Response shown_property(Status status, const Parts& parts, const things::Property& property) {
  json::Writer out;
  iot::write(out, parts, property);
  return iot::body(status, kPropertyMedia, Shape::single, std::move(out));
}

Answer list_properties(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* thing, find_thing(parts, call, "id"));
  json::Writer out;
  out.begin_array();
  for (const auto* property :
       parts.things.properties(thing->organisation, thing->id, iot::deleted(call))) {
    iot::write(out, parts, *property);
  }
  out.end_array();
  return iot::body(Status::ok, kPropertyMedia, Shape::collection, std::move(out));
}

Answer create_property(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* thing, find_thing(parts, call, "id"));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  auto draft = iot::read_new_property((*body)->fields());
  if (!draft) return propagate(std::move(draft));
  const auto property =
      parts.things.create_property(thing->organisation, thing->id, std::move(draft).value());
  if (!property && property.error().code == Errc::exhausted) {
    return refuse(Status::precondition_failed, "The thing has as many properties as it may.");
  }
  if (!property && property.error().code == Errc::already_exists) {
    return refuse(Status::precondition_failed,
                  "The thing has a property of that name or variable name.");
  }
  if (!property) return refuse(property);
  call.object = "property:" + property->id.value().to_text();
  return shown_property(Status::created, parts, *property);
}

Answer show_property(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* property,
                            iot::find_property(parts, call, iot::deleted(call)));
  return shown_property(Status::ok, parts, *property);
}

Answer update_property(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* property, iot::find_property(parts, call));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  auto changes = iot::read_property((*body)->fields());
  if (!changes) return propagate(std::move(changes));
  FASTNESS_ASSIGN_OR_REFUSE(const auto changed,
                            parts.things.update_property(call.caller.organisation, property->thing,
                                                         property->id, std::move(changes).value()));
  return shown_property(Status::ok, parts, changed);
}

Answer remove_property(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto thing, call.id<ThingId>("id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<PropertyId>("pid"));
  FASTNESS_REFUSE_IF_ERROR(
      parts.things.remove_property(call.caller.organisation, thing, id, iot::removal(call)));
  return iot::ok();
}

}  // namespace

void add_iot_property_routes(RouteList& routes, Parts& parts) {
  const Access seeing = of_thing(member(Scope::things_read), "id");
  const Access editing = of_thing(member(Scope::things_write), "id");
  routes.add(Method::get, "/iot/v2/things/{id}/properties", seeing, "", on(parts, list_properties));
  routes.add(Method::put, "/iot/v2/things/{id}/properties", editing, "property.create",
             on(parts, create_property));
  routes.add(Method::get, "/iot/v2/things/{id}/properties/{pid}", seeing, "",
             on(parts, show_property));
  routes.add(Method::post, "/iot/v2/things/{id}/properties/{pid}", editing, "property.update",
             on(parts, update_property));
  routes.add(Method::delete_, "/iot/v2/things/{id}/properties/{pid}", editing, "property.delete",
             on(parts, remove_property));
}

}  // namespace fastness::api
