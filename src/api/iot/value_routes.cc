// All the ways to give a property a value.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/iot/request.h"
#include "api/iot/views.h"
#include "api/operations.h"
#include "api/routes.h"
#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "json/value_json.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using pipeline::Direction;

constexpr std::size_t kMaxBatch = fixed_limit("api.batch_values");

// A request to give values to one thing.
struct Writes {
  ThingId thing;
  std::vector<ValueWrite> values;
  Direction direction = Direction::write;
};

// `{"value": ...}`; with a `device_id` it is as if that device had sent it.
Result<Writes, Problem> read_publish(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* property, iot::find_property(parts, call));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  const json::ObjectReader& in = (*body)->fields();
  FASTNESS_ASSIGN_OR_REFUSE(const json::Value* raw, in.required("value"));
  FASTNESS_ASSIGN_OR_REFUSE(Value value, json::to_value(*raw, "value"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto device, (*body)->uuid("device_id"));
  Writes writes{
      property->thing, {{property->id, std::move(value), std::nullopt}}, Direction::write};
  if (!device) return writes;
  const auto* thing = parts.things.find(call.caller.organisation, property->thing);
  if (thing == nullptr || thing->device != std::optional(DeviceId(*device))) {
    return refuse(Status::bad_request, "is not this thing's device", "device_id");
  }
  writes.direction = Direction::report;
  return writes;
}

// `[{"timestamp","value"},...]`: what was, so it never reaches the board.
Result<Writes, Problem> read_publish_batch(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* property, iot::find_property(parts, call));
  FASTNESS_ASSIGN_OR_REFUSE(const json::Value body, iot::read_body(call));
  const auto* list = body.get<json::Array>();
  if (list == nullptr || list->size() > kMaxBatch) {
    return refuse(Status::bad_request, "The body must be a list of at most 1000 values.");
  }
  Writes writes{property->thing, {}, Direction::report};
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string path = "[" + std::to_string(i) + "]";
    FASTNESS_ASSIGN_OR_REFUSE(const auto in, json::ObjectReader::of((*list)[i], path));
    FASTNESS_ASSIGN_OR_REFUSE(const Timestamp time, in.time("timestamp"));
    FASTNESS_ASSIGN_OR_REFUSE(const json::Value* raw, in.required("value"));
    FASTNESS_ASSIGN_OR_REFUSE(Value value, json::to_value(*raw, in.path("value")));
    writes.values.push_back({property->id, std::move(value), time});
  }
  return writes;
}

// The property of that name: its own, or its variable's.
const things::Property* find_named(const Parts& parts, const things::Thing& thing,
                                   const std::string& name) {
  for (const auto* property : parts.things.properties(thing.organisation, thing.id)) {
    if (property->said.name == name || property->said.variable_name == name) return property;
  }
  return nullptr;
}

// One element of a list of values, as the property's Value.
using ReadValue = Result<Value, Problem> (*)(const json::ObjectReader& in);

Result<Value, Problem> read_plain(const json::ObjectReader& in) {
  FASTNESS_ASSIGN_OR_REFUSE(const json::Value* raw, in.required("value"));
  FASTNESS_ASSIGN_OR_REFUSE(Value value, json::to_value(*raw, in.path("value")));
  return value;
}

// Gateways say with `type` how they wrote a value down.
Result<Value, Problem> read_encoded(const json::ObjectReader& in) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto type,
                            in.optional("type", &json::ObjectReader::text, {.max = 16}));
  if (!type || *type == "infer") return read_plain(in);
  FASTNESS_ASSIGN_OR_REFUSE(const std::string text, in.text("value"));
  if (*type == "json") {
    const auto document = json::parse(text);
    if (!document) return refuse(Status::bad_request, "is no JSON", in.path("value"));
    FASTNESS_ASSIGN_OR_REFUSE(Value value, json::to_value(*document, in.path("value")));
    return value;
  }
  if (*type != "base64" && *type != "hex") {
    return refuse(Status::bad_request, "must be infer, base64, hex or json", in.path("type"));
  }
  const auto bytes = *type == "hex" ? from_hex(text) : from_base64(text);
  if (!bytes) return refuse(Status::bad_request, "is no " + *type, in.path("value"));
  return Value(std::string(as_text(*bytes)));
}

// How a body lists values of one thing.
struct ValueList {
  const things::Thing& thing;
  Direction direction;
  std::string_view name_field;  // of an element: which property it is for
  ReadValue read_value;
};

// The elements of `properties`.
Result<Writes, Problem> read_values(const Parts& parts, const json::ObjectReader& body,
                                    const ValueList& how) {
  FASTNESS_ASSIGN_OR_REFUSE(const json::Array* list, body.array("properties"));
  if (list->size() > things::Things::kMaxProperties) {
    return refuse(Status::bad_request, "must have at most 200 elements", "properties");
  }
  Writes writes{how.thing.id, {}, how.direction};
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string path = "properties[" + std::to_string(i) + "]";
    FASTNESS_ASSIGN_OR_REFUSE(const auto in, json::ObjectReader::of((*list)[i], path));
    FASTNESS_ASSIGN_OR_REFUSE(const std::string name, in.text(how.name_field));
    auto value = how.read_value(in);
    if (!value) return propagate(std::move(value));
    const auto* property = find_named(parts, how.thing, name);
    if (property == nullptr) {
      return refuse(Status::bad_request, "names no property", in.path(how.name_field));
    }
    writes.values.push_back({property->id, std::move(value).value(), std::nullopt});
  }
  return writes;
}

// `PUT /things/{id}/publish`.
Result<Writes, Problem> read_publish_many(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* thing, find_thing(parts, call, "id"));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  FASTNESS_ASSIGN_OR_REFUSE(const auto to_device, (*body)->boolean("to_device"));
  const auto direction = to_device.value_or(false) ? Direction::write : Direction::report;
  return read_values(parts, (*body)->fields(), {*thing, direction, "property", read_plain});
}

// `PUT /devices/{id}/properties`: a gateway speaks for the device.
Result<Writes, Problem> read_device_values(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "id"));
  const auto* thing = parts.things.of_device(device->organisation, device->id);
  if (thing == nullptr) {
    return refuse(Status::precondition_failed, "The device belongs to no thing.");
  }
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  return read_values(parts, (*body)->fields(), {*thing, Direction::report, "name", read_encoded});
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

void add_iot_value_routes(RouteList& routes, Parts& parts) {
  const Access values = member(accounts::Scope::values_write);
  const Access of_one = of_thing(values, "id");
  routes.add_async(Method::put, "/iot/v2/things/{id}/properties/{pid}/publish", of_one, "",
                   writing(parts, read_publish));
  routes.add_async(Method::put, "/iot/v2/things/{id}/properties/{pid}/publish_batch", of_one, "",
                   writing(parts, read_publish_batch));
  routes.add_async(Method::put, "/iot/v2/things/{id}/publish", of_one, "",
                   writing(parts, read_publish_many));
  routes.add_async(Method::put, "/iot/v2/devices/{id}/properties", values, "",
                   writing(parts, read_device_values));
}

}  // namespace fastness::api
