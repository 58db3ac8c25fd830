#include "api/iot/views.h"

#include <algorithm>
#include <utility>

#include "api/boards.h"
#include "base/bytes.h"
#include "crypto/x509/certificate.h"
#include "identity/issued_certificate.h"
#include "things/model/property_type.h"

namespace fastness::api::iot {
namespace {

Uuid user_of(const std::optional<UserId>& user) {
  return user ? user->value() : Uuid(Uuid::Bytes{});
}

void write_tags(json::Writer& out, const things::Tags& tags) {
  if (tags.empty()) return;
  out.begin_object("tags");
  for (const auto& [key, value] : tags) out.field(key, value);
  out.end_object();
}

std::string_view status_text(things::DeviceStatus status) {
  switch (status) {
    case things::DeviceStatus::never:
      return "UNKNOWN";
    case things::DeviceStatus::online:
      return "ONLINE";
    case things::DeviceStatus::offline:
      return "OFFLINE";
  }
  return "UNKNOWN";
}

}  // namespace

http::Response body(http::Status status, std::string_view media, Shape shape, json::Writer&& out) {
  http::Response response = http::Response::json(status, std::move(out).text());
  std::string type = "application/vnd.arduino." + std::string(media) + "+json";
  if (shape == Shape::collection) type += "; type=collection";
  response.headers.set("content-type", type);
  return response;
}

http::Response ok() {
  return http::Response::empty(http::Status::ok);
}

void write(json::Writer& out, const Parts& parts, const things::Device& device) {
  out.begin_object();
  out.field("id", device.id.value());
  out.field("href", "/iot/v2/devices/" + device.id.value().to_text());
  out.field("name", device.said.name);
  out.field("type", device.said.type);
  out.field("label", board_label(device.said.type));
  out.field("serial", device.said.serial);
  out.field("user_id", user_of(device.created_by));
  out.field("organization_id", device.organisation.value());
  out.field_if("fqbn", device.said.fqbn);
  out.field_if("connection_type", device.said.connection_type);
  out.field_if("unique_hardware_id", device.said.unique_hardware_id);
  out.field_if("ble_mac", device.said.ble_mac);
  out.field_if("wifi_fw_version", device.reported.wifi_fw_version.empty()
                                      ? device.said.wifi_fw_version
                                      : device.reported.wifi_fw_version);
  out.field_if("lib_version", device.reported.lib_version);
  out.field("device_status", status_text(device.status));
  out.field_if("last_activity_at", device.last_activity_at);
  out.field("created_at", device.created_at);
  out.field_if("deleted_at", device.deleted_at);
  write_tags(out, device.said.tags);
  if (const auto* thing = parts.things.of_device(device.organisation, device.id)) {
    out.key("thing");
    write(out, parts, *thing, Properties::hidden);
  }
  out.end_object();
}

void write(json::Writer& out, const Parts& parts, const things::Thing& thing, Properties properties,
           things::Deleted deleted) {
  const auto list = parts.things.properties(thing.organisation, thing.id, deleted);
  out.begin_object();
  out.field("id", thing.id.value());
  out.field("href", "/iot/v2/things/" + thing.id.value().to_text());
  out.field("name", thing.said.name);
  out.field("timezone", thing.said.timezone);
  out.field("user_id", user_of(thing.created_by));
  out.field("organization_id", thing.organisation.value());
  if (thing.device) {
    out.field("device_id", thing.device->value());
    if (const auto* device = parts.devices.find(thing.organisation, *thing.device)) {
      out.field("device_name", device->said.name);
      out.field("device_type", device->said.type);
      out.field_if("device_fqbn", device->said.fqbn);
    }
  }
  out.field_if("webhook_uri", thing.said.webhook_uri);
  if (!thing.said.webhook_uri.empty()) out.field("webhook_active", thing.said.webhook_active);
  if (thing.said.assistant != "NONE") out.field_if("assistant", thing.said.assistant);
  out.field("properties_count", list.size());
  write_tags(out, thing.said.tags);
  out.field("created_at", thing.created_at);
  out.field("updated_at", thing.updated_at);
  out.field_if("deleted_at", thing.deleted_at);
  if (properties == Properties::shown) {
    out.begin_array("properties");
    for (const auto* property : list) write(out, parts, *property);
    out.end_array();
  }
  out.end_object();
}

void write(json::Writer& out, const Parts& parts, const things::Property& property) {
  const things::PropertyDraft& said = property.said;
  const std::string thing = property.thing.value().to_text();
  out.begin_object();
  out.field("id", property.id.value());
  out.field("href", "/iot/v2/things/" + thing + "/properties/" + property.id.value().to_text());
  out.field("thing_id", thing);
  out.field("name", said.name);
  out.field("variable_name", said.variable_name);
  out.field("type", said.type->name);
  out.field("permission",
            said.permission == things::Permission::read_write ? "READ_WRITE" : "READ_ONLY");
  out.field("update_strategy",
            said.update_strategy == things::UpdateStrategy::timed ? "TIMED" : "ON_CHANGE");
  out.field("update_parameter", said.update_parameter);
  out.field("persist", said.persist);
  out.field_if("min_value", said.min_value);
  out.field_if("max_value", said.max_value);
  out.field_if("tag", said.wire_id);
  if (const things::LastValue* last = parts.last_values.find(property.id)) {
    out.field("last_value", last->value);
    out.field("value_updated_at", last->time);
  }
  out.field("created_at", property.created_at);
  out.field("updated_at", property.updated_at);
  out.field_if("deleted_at", property.deleted_at);
  out.end_object();
}

void write_tag_list(json::Writer& out, const things::Tags& tags) {
  out.begin_array("tags");
  for (const auto& [key, value] : tags) {
    out.begin_object();
    out.field("key", key);
    out.field("value", value);
    out.end_object();
  }
  out.end_array();
}

Uuid certificate_id(const crypto::Digest& fingerprint) {
  Uuid::Bytes bytes{};
  std::copy_n(fingerprint.begin(), bytes.size(), bytes.begin());
  return Uuid(bytes);
}

namespace {

void write_compressed(json::Writer& out, const crypto::Certificate& certificate) {
  const identity::CompressedCertificate parts = identity::parts_of(certificate);
  out.begin_object("compressed");
  write_board_parts(out, parts);
  out.field("signature_asn1_x", parts.signature_r);
  out.field("signature_asn1_y", parts.signature_s);
  out.end_object();
}

}  // namespace

void write(json::Writer& out, const identity::CertificateRecord& record) {
  const std::string device = record.entry.device.value().to_text();
  const Uuid id = certificate_id(record.fingerprint);
  const auto certificate = crypto::Certificate::parse(record.der);
  out.begin_object();
  out.field("id", id);
  out.field("href", "/iot/v2/devices/" + device + "/certs/" + id.to_text());
  out.field("device_id", device);
  out.field("ca", "Arduino_v2");
  out.field("enabled", !record.revoked_at.has_value());
  out.field("der", to_base64(record.der));
  out.field("pem", certificate ? certificate->to_pem() : std::string());
  if (certificate) write_compressed(out, *certificate);
  out.end_object();
}

}  // namespace fastness::api::iot
