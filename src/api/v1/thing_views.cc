#include "api/v1/views.h"
#include "pipeline/refusals.h"
#include "things/model/property_type.h"

namespace fastness::api::v1 {
namespace {

void write_type_fields(json::Writer& out, const things::PropertyType& type) {
  out.field_if("unit", std::string(type.unit));
  out.field("kind", things::to_text(type.kind));
  if (type.attributes.empty()) return;
  out.begin_array("attributes");
  for (const auto& attribute : type.attributes) {
    out.begin_object();
    out.field("name", attribute.name);
    out.field("kind", things::to_text(attribute.kind));
    out.end_object();
  }
  out.end_array();
}

void write_refused(json::Writer& out, const Parts& parts, PropertyId id) {
  const auto* refused = parts.refusals.find(id);
  if (refused == nullptr) return;
  out.begin_object("refused");
  out.field("count", refused->count);
  out.field("last_reason", pipeline::explain(refused->last_reason));
  out.field("last_at", refused->last_at);
  out.end_object();
}

void write_unknown_values(json::Writer& out, const Parts& parts, ThingId id) {
  const auto& names = parts.refusals.unknown_names(id);
  if (names.empty()) return;
  out.begin_array("unknown_values");
  for (const auto& [name, record] : names) {
    out.begin_object();
    out.field("name", name);
    out.field("count", record.count);
    out.field("last_at", record.last_at);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

void write(json::Writer& out, const Parts& parts, const things::Thing& thing) {
  out.begin_object();
  out.field("id", thing.id.value());
  out.field("name", thing.said.name);
  out.field("timezone", thing.said.timezone);
  out.begin_object("tags");
  for (const auto& [key, value] : thing.said.tags) out.field(key, value);
  out.end_object();
  if (thing.device) {
    out.field("device_id", thing.device->value());
    if (const auto* device = parts.devices.find(thing.organisation, *thing.device)) {
      out.field("device_name", device->said.name);
      out.field("device_status", to_text(device->status));
    }
  }
  out.begin_array("properties");
  for (const auto* property : parts.things.properties(thing.organisation, thing.id)) {
    write(out, parts, *property);
  }
  out.end_array();
  write_unknown_values(out, parts, thing.id);
  out.field("created_at", thing.created_at);
  out.field("updated_at", thing.updated_at);
  out.end_object();
}

void write(json::Writer& out, const Parts& parts, const things::Property& property) {
  const things::PropertyDraft& said = property.said;
  out.begin_object();
  out.field("id", property.id.value());
  out.field("thing_id", property.thing.value());
  out.field("name", said.name);
  out.field("variable_name", said.variable_name);
  out.field("type", said.type->name);
  write_type_fields(out, *said.type);
  out.field("permission",
            said.permission == things::Permission::read_write ? "read_write" : "read_only");
  out.field("update_strategy",
            said.update_strategy == things::UpdateStrategy::timed ? "timed" : "on_change");
  out.field("update_parameter", said.update_parameter);
  out.field_if("min", said.min_value);
  out.field_if("max", said.max_value);
  out.field("persist", said.persist);
  if (const things::LastValue* last = parts.last_values.find(property.id)) {
    out.field("value", last->value);
    out.field("value_updated_at", last->time);
    out.field("value_source", things::to_text(last->source));
  }
  write_refused(out, parts, property.id);
  out.end_object();
}

void write(json::Writer& out, const things::PropertyType& type) {
  out.begin_object();
  out.field("type", type.name);
  out.field("name", type.name);
  write_type_fields(out, type);
  out.end_object();
}

void write(json::Writer& out, const accounts::ApiKey& key, Timestamp now) {
  out.begin_object();
  out.field("id", key.client_id);
  out.field("name", key.name);
  out.field("client_id", key.client_id);
  out.begin_array("scopes");
  for (const accounts::Scope scope : key.scopes.list()) out.value(accounts::to_text(scope));
  out.end_array();
  out.field("created_at", key.created_at);
  out.field("expires_at", key.expires_at);
  out.field_if("last_used_at", key.last_used_at);
  out.field("state", accounts::to_text(accounts::state_of(key, now)));
  out.field("unused_end", accounts::end_if_unused(key));
  out.field_if("leaked_at", key.leaked_at);
  out.field_if("previous_secret_ends_at", key.previous_ends_at);
  out.begin_array("networks");
  for (const Network& network : key.networks) out.value(network.to_text());
  out.end_array();
  out.begin_array("things");
  for (const ThingId thing : key.things) out.value(thing.value());
  out.end_array();
  out.field("use", key.use == accounts::KeyUse::honey ? "honey" : "program");
  out.field_if("tripped_at", key.tripped_at);
  out.field_if("tripped_from", key.tripped_from);
  out.end_object();
}

}  // namespace fastness::api::v1
