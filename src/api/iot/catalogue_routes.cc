// What there is to choose from: property types, boards, what a sketch needs for its network.
#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/boards.h"
#include "api/iot/network_credentials.h"
#include "api/iot/views.h"
#include "api/operations.h"
#include "api/routes.h"
#include "things/model/property_type.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using iot::Shape;

// The C++ type that a sketch declares such a property with.
std::string_view declaration(const things::PropertyType& type) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kComposites = {{
      {"COLOR_HSB", "CloudColor"},
      {"COLOR_RGB", "CloudColor"},
      {"LOCATION", "CloudLocation"},
      {"HOME_DIMMED_LIGHT", "CloudDimmedLight"},
      {"HOME_COLORED_LIGHT", "CloudColoredLight"},
      {"HOME_TELEVISION", "CloudTelevision"},
      {"SCHEDULE", "CloudSchedule"},
  }};
  for (const auto& [name, declared] : kComposites) {
    if (name == type.name) return declared;
  }
  switch (type.kind) {
    case things::ValueKind::boolean:
      return "bool";
    case things::ValueKind::integer:
      return "int";
    case things::ValueKind::number:
      return "float";
    case things::ValueKind::text:
      return "String";
    case things::ValueKind::composite:
      return "CloudCommon";
  }
  return "String";
}

// Names that clients may send but that their catalogue of types does not know, so that they would
// fail to read it.
bool is_alias(const things::PropertyType& type) {
  constexpr std::array<std::string_view, 7> kAliases = {
      "ANALOG", "COLOR_RGB", "DEGREES_CELSIUS", "HOME_TEMPERATURE", "METER", "RATIO_MOD", "SECOND"};
  return type.name.starts_with("GOOGLE_HOME_") || type.name.starts_with("SMART_HOME_") ||
         std::ranges::find(kAliases, type.name) != kAliases.end();
}

Answer property_types() {
  json::Writer out;
  out.begin_array();
  for (const things::PropertyType& type : things::property_types()) {
    if (is_alias(type)) continue;
    out.begin_object();
    out.field("type", type.name);
    out.field("name", type.name);
    out.field("declaration", declaration(type));
    out.field("deprecated", false);
    out.field("rw", true);
    if (!type.unit.empty()) {
      out.begin_array("units");
      out.value(type.unit);
      out.end_array();
    }
    out.end_object();
  }
  out.end_array();
  return iot::body(Status::ok, "propertytype", Shape::collection, std::move(out));
}

Answer supported_devices() {
  json::Writer out;
  out.begin_array();
  for (const Board& board : boards()) {
    out.begin_object();
    out.field("type", board.type);
    out.field("label", board.label);
    out.field("vendor", board.fqbn.empty() ? "" : "arduino");
    out.begin_array("tags");
    out.end_array();
    out.field_if("fqbn", std::string(board.fqbn));
    out.end_object();
  }
  out.end_array();
  return http::Response::json(Status::ok, std::move(out).text());
}

// The kinds of connection of a board. Some tools put a device's id where the type belongs: it
// stands for that device's own type and connection.
Result<std::vector<std::string>, Problem> connections_of(const Parts& parts, const Call& call) {
  std::string type(call.request.parameters.find("type"));
  if (Uuid::parse(type)) {
    FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "type"));
    if (!device->said.connection_type.empty()) {
      return std::vector<std::string>{device->said.connection_type};
    }
    type = device->said.type;
  }
  const Board* board = find_board(type);
  if (board == nullptr) return refuse(Status::not_found, "No such type of board is known.");
  return std::vector<std::string>(board->connections.begin(), board->connections.end());
}

void write_credentials(json::Writer& out, std::string_view connection) {
  using Credential = iot::NetworkCredential;
  out.begin_array();
  for (const Credential& each : iot::network_credentials(connection)) {
    out.begin_object();
    out.field("friendly_name", each.label);
    out.field("secret_name", each.secret_name);
    out.field("required", each.need == Credential::Need::required);
    out.field("sensitive", each.look == Credential::Look::hidden);
    out.field("max_length", each.max_length);
    out.end_object();
  }
  out.end_array();
}

// Of one kind of connection: the one that is asked for, else the board's usual one.
Answer credentials(const Parts& parts, const Call& call) {
  auto connections = connections_of(parts, call);
  if (!connections) return propagate(std::move(connections));
  const auto usual = connections->empty() ? std::string() : connections->front();
  const std::string wanted(call.request.query.find("connection").value_or(usual));
  if (!wanted.empty() && std::ranges::find(*connections, wanted) == connections->end()) {
    return refuse(Status::not_found, "This board has no such connection.");
  }
  json::Writer out;
  write_credentials(out, wanted);
  return iot::body(Status::ok, "credentialsv1", Shape::collection, std::move(out));
}

Answer credentials_by_connection(const Parts& parts, const Call& call) {
  auto connections = connections_of(parts, call);
  if (!connections) return propagate(std::move(connections));
  json::Writer out;
  out.begin_object();
  for (const std::string& each : *connections) {
    out.key(each);
    write_credentials(out, each);
  }
  out.end_object();
  return iot::body(Status::ok, "arduinoconnections.v1", Shape::single, std::move(out));
}

// This server has no LoRaWAN behind it, so there is no plan to choose.
Answer frequency_plans() {
  json::Writer out;
  out.begin_object();
  out.begin_array("frequency_plans");
  out.end_array();
  out.end_object();
  return iot::body(Status::ok, "lorafreqplansv1", Shape::single, std::move(out));
}

}  // namespace

void add_iot_catalogue_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/iot/v1/property_types", anyone(), "",
             [](Call&) { return property_types(); });
  routes.add(Method::get, "/iot/v1/supported/devices", any_key(), "",
             [](Call&) { return supported_devices(); });
  const Access read = member(accounts::Scope::devices_read);
  routes.add(Method::get, "/iot/v1/network_credentials/{type}", read, "", on(parts, credentials));
  routes.add(Method::get, "/iot/v1/network_credentials/{type}/connections", read, "",
             on(parts, credentials_by_connection));
  routes.add(Method::get, "/iot/v1/lora-freq-plans", read, "",
             [](Call&) { return frequency_plans(); });
  routes.add(Method::put, "/iot/v1/lora-devices", member(accounts::Scope::devices_write), "",
             [](Call&) -> Answer {
               return refuse(Status::not_implemented,
                             "There is no LoRaWAN network server behind this one.");
             });
}

}  // namespace fastness::api
