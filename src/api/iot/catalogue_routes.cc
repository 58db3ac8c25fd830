// What there is to choose from: property types and boards.
#include <array>
#include <string>
#include <utility>

#include "api/iot/boards.h"
#include "api/iot/views.h"
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

Answer property_types() {
  json::Writer out;
  out.begin_array();
  for (const things::PropertyType& type : things::property_types()) {
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
  for (const iot::Board& board : iot::boards()) {
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

}  // namespace

void add_iot_catalogue_routes(RouteList& routes) {
  routes.add(Method::get, "/iot/v1/property_types", anyone(), "",
             [](Call&) { return property_types(); });
  routes.add(Method::get, "/iot/v1/supported/devices", any_key(), "",
             [](Call&) { return supported_devices(); });
}

}  // namespace fastness::api
