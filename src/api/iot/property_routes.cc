// /iot/v2/things/{id}/properties, and all the ways to give a property a value.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/iot/property_body.h"
#include "api/iot/request.h"
#include "api/iot/views.h"
#include "api/operations.h"
#include "api/routes.h"
#include "json/value_json.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using http::Method;
using http::Status;
using iot::Shape;
using pipeline::Direction;

constexpr const char* kMedia = "property";
constexpr std::size_t kMaxBatch = 1000;

http::Response shown(Status status, const Parts& parts, const things::Property& property) {
  json::Writer out;
  iot::write(out, parts, property);
  return iot::body(status, kMedia, Shape::single, std::move(out));
}

Answer list(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ThingId>("id"));
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_ASSIGN_OR_REFUSE([[maybe_unused]] const auto* thing,
                            find_thing(parts, organisation, id));
  json::Writer out;
  out.begin_array();
  for (const auto* property : parts.things.properties(organisation, id, iot::deleted(call))) {
    iot::write(out, parts, *property);
  }
  out.end_array();
  return iot::body(Status::ok, kMedia, Shape::collection, std::move(out));
}

Answer create(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ThingId>("id"));
  FASTNESS_ASSIGN_OR_REFUSE([[maybe_unused]] const auto* thing,
                            find_thing(parts, call.caller.organisation, id));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  auto draft = iot::read_new_property((*body)->fields());
  if (!draft) return propagate(std::move(draft));
  const auto property =
      parts.things.create_property(call.caller.organisation, id, std::move(draft).value());
  if (!property &&
      (property.error().code == Errc::already_exists || property.error().code == Errc::exhausted)) {
    return refuse(Status::precondition_failed,
                  property.error().code == Errc::exhausted
                      ? "The thing has as many properties as it may."
                      : "The thing has a property of that name or variable name.");
  }
  if (!property) return refuse(property);
  call.object = "property:" + property->id.value().to_text();
  return shown(Status::created, parts, *property);
}

struct Ids {
  ThingId thing;
  PropertyId property;
};

Result<Ids, Problem> ids_of(const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto thing, call.id<ThingId>("id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto property, call.id<PropertyId>("pid"));
  return Ids{thing, property};
}

Answer show(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto ids, ids_of(call));
  const auto* property = parts.things.find_property(call.caller.organisation, ids.thing,
                                                    ids.property, iot::deleted(call));
  if (property == nullptr) return refuse(Status::not_found, {});
  return shown(Status::ok, parts, *property);
}

Answer update(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto ids, ids_of(call));
  const OrganisationId organisation = call.caller.organisation;
  if (parts.things.find_property(organisation, ids.thing, ids.property) == nullptr) {
    return refuse(Status::not_found, {});
  }
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  auto changes = iot::read_property((*body)->fields());
  if (!changes) return propagate(std::move(changes));
  FASTNESS_ASSIGN_OR_REFUSE(const auto property,
                            parts.things.update_property(organisation, ids.thing, ids.property,
                                                         std::move(changes).value()));
  return shown(Status::ok, parts, property);
}

Answer remove(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto ids, ids_of(call));
  FASTNESS_REFUSE_IF_ERROR(parts.things.remove_property(call.caller.organisation, ids.thing,
                                                        ids.property, iot::removal(call)));
  return iot::ok();
}

// -- values --------------------------------------------------------------------------------------

// A request to give values to one thing.
struct Writes {
  ThingId thing;
  std::vector<ValueWrite> values;
  Direction direction = Direction::write;
};

// `{"value": ...}`; with a `device_id` it is as if that device had sent it.
Result<Writes, Problem> read_publish(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto ids, ids_of(call));
  if (parts.things.find_property(call.caller.organisation, ids.thing, ids.property) == nullptr) {
    return refuse(Status::not_found, {});
  }
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  const json::ObjectReader& in = (*body)->fields();
  FASTNESS_ASSIGN_OR_REFUSE(const json::Value* raw, in.required("value"));
  FASTNESS_ASSIGN_OR_REFUSE(Value value, json::to_value(*raw, "value"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto device, (*body)->uuid("device_id"));
  Writes writes{ids.thing, {{ids.property, std::move(value), std::nullopt}}, Direction::write};
  if (!device) return writes;
  const auto* thing = parts.things.find(call.caller.organisation, ids.thing);
  if (thing == nullptr || thing->device != std::optional(DeviceId(*device))) {
    return refuse(Status::bad_request, "is not this thing's device", "device_id");
  }
  writes.direction = Direction::report;
  return writes;
}

// `[{"timestamp","value"},...]`: what was, so it never reaches the board.
Result<Writes, Problem> read_publish_batch(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto ids, ids_of(call));
  if (parts.things.find_property(call.caller.organisation, ids.thing, ids.property) == nullptr) {
    return refuse(Status::not_found, {});
  }
  FASTNESS_ASSIGN_OR_REFUSE(const json::Value body, iot::read_body(call));
  const auto* list = body.get<json::Array>();
  if (list == nullptr || list->size() > kMaxBatch) {
    return refuse(Status::bad_request, "The body must be a list of at most 1000 values.");
  }
  Writes writes{ids.thing, {}, Direction::report};
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string path = "[" + std::to_string(i) + "]";
    FASTNESS_ASSIGN_OR_REFUSE(const auto in, json::ObjectReader::of((*list)[i], path));
    FASTNESS_ASSIGN_OR_REFUSE(const Timestamp time, in.time("timestamp"));
    FASTNESS_ASSIGN_OR_REFUSE(const json::Value* raw, in.required("value"));
    FASTNESS_ASSIGN_OR_REFUSE(Value value, json::to_value(*raw, in.path("value")));
    writes.values.push_back({ids.property, std::move(value), time});
  }
  return writes;
}

// The property of that name: its own, or its variable's.
const things::Property* find_named(const Parts& parts, OrganisationId organisation, ThingId thing,
                                   const std::string& name) {
  for (const auto* property : parts.things.properties(organisation, thing)) {
    if (property->said.name == name || property->said.variable_name == name) return property;
  }
  return nullptr;
}

// The elements of `properties`, each naming its property by `name_field`.
Result<Writes, Problem> read_named_values(const Parts& parts, OrganisationId organisation,
                                          ThingId thing, const json::ObjectReader& body,
                                          std::string_view name_field) {
  FASTNESS_ASSIGN_OR_REFUSE(const json::Array* list, body.array("properties"));
  if (list->size() > things::Things::kMaxProperties) {
    return refuse(Status::bad_request, "must have at most 200 elements", "properties");
  }
  Writes writes{thing, {}, Direction::report};
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string path = "properties[" + std::to_string(i) + "]";
    FASTNESS_ASSIGN_OR_REFUSE(const auto in, json::ObjectReader::of((*list)[i], path));
    FASTNESS_ASSIGN_OR_REFUSE(const std::string name, in.text(name_field));
    FASTNESS_ASSIGN_OR_REFUSE(const json::Value* raw, in.required("value"));
    FASTNESS_ASSIGN_OR_REFUSE(Value value, json::to_value(*raw, in.path("value")));
    const auto* property = find_named(parts, organisation, thing, name);
    if (property == nullptr) {
      return refuse(Status::bad_request, "names no property", in.path(name_field));
    }
    writes.values.push_back({property->id, std::move(value), std::nullopt});
  }
  return writes;
}

// `PUT /things/{id}/publish`.
Result<Writes, Problem> read_publish_many(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ThingId>("id"));
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_ASSIGN_OR_REFUSE([[maybe_unused]] const auto* thing,
                            find_thing(parts, organisation, id));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  FASTNESS_ASSIGN_OR_REFUSE(const auto to_device, (*body)->boolean("to_device"));
  auto writes = read_named_values(parts, organisation, id, (*body)->fields(), "property");
  if (writes && to_device.value_or(false)) {
    Writes to_board = std::move(writes).value();
    to_board.direction = Direction::write;
    return to_board;
  }
  return writes;
}

// `PUT /devices/{id}/properties`: a gateway speaks for the device.
Result<Writes, Problem> read_device_values(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("id"));
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_ASSIGN_OR_REFUSE([[maybe_unused]] const auto* device,
                            find_device(parts, organisation, id));
  const auto* thing = parts.things.of_device(organisation, id);
  if (thing == nullptr) {
    return refuse(Status::precondition_failed, "The device belongs to no thing.");
  }
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  return read_named_values(parts, organisation, thing->id, (*body)->fields(), "name");
}

// Answers 200 with an empty body once the values are on disk.
template <typename Read>
AsyncHandler writing(Parts& parts, Read read) {
  return [&parts, read](const std::shared_ptr<Call>& call, const Reply& reply) {
    auto writes = read(parts, *call);
    if (!writes) return reply(propagate(std::move(writes)));
    submit_values(parts, call->caller.organisation, writes->thing, writes->values,
                  writes->direction, [reply](Result<void, Problem> stored) {
                    if (!stored) return reply(propagate(std::move(stored)));
                    reply(iot::ok());
                  });
  };
}

}  // namespace

void add_iot_property_routes(RouteList& routes, Parts& parts) {
  const Access read = member(Scope::things_read);
  const Access write = member(Scope::things_write);
  const Access values = member(Scope::values_write);
  const auto on = [&](auto handler) {
    return [&parts, handler](Call& call) { return handler(parts, call); };
  };
  routes.add(Method::get, "/iot/v2/things/{id}/properties", read, "", on(list));
  routes.add(Method::put, "/iot/v2/things/{id}/properties", write, "property.create", on(create));
  routes.add(Method::get, "/iot/v2/things/{id}/properties/{pid}", read, "", on(show));
  routes.add(Method::post, "/iot/v2/things/{id}/properties/{pid}", write, "property.update",
             on(update));
  routes.add(Method::delete_, "/iot/v2/things/{id}/properties/{pid}", write, "property.delete",
             on(remove));
  routes.add_async(Method::put, "/iot/v2/things/{id}/properties/{pid}/publish", values, "",
                   writing(parts, read_publish));
  routes.add_async(Method::put, "/iot/v2/things/{id}/properties/{pid}/publish_batch", values, "",
                   writing(parts, read_publish_batch));
  routes.add_async(Method::put, "/iot/v2/things/{id}/publish", values, "",
                   writing(parts, read_publish_many));
  routes.add_async(Method::put, "/iot/v2/devices/{id}/properties", values, "",
                   writing(parts, read_device_values));
}

}  // namespace fastness::api
