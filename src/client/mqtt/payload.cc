#include "client/mqtt/payload.h"

#include "client/output.h"
#include "json/time_text.h"
#include "json/value.h"
#include "json/writer.h"
#include "senml/cbor.h"

namespace fastness::client {
namespace {

void write_user_properties(json::Writer& out, const mqtt::Properties& properties) {
  if (properties.user.empty()) return;
  // A list, since a name may come more than once (MQTT 5.0, 3.3.2.3.7).
  out.begin_array("user_properties");
  for (const mqtt::UserProperty& each : properties.user) {
    out.begin_object();
    out.field("name", each.name);
    out.field("value", each.value);
    out.end_object();
  }
  out.end_array();
}

void write_properties(json::Writer& out, const mqtt::Properties& properties) {
  if (properties.content_type) out.field("content_type", *properties.content_type);
  if (properties.response_topic) out.field("response_topic", *properties.response_topic);
  if (properties.correlation_data) {
    out.field("correlation_data_base64", to_base64(as_bytes(*properties.correlation_data)));
  }
  if (properties.message_expiry) {
    out.field("expires_in_seconds", static_cast<std::int64_t>(*properties.message_expiry));
  }
  write_user_properties(out, properties);
}

}  // namespace

Result<Bytes> parse_payload(std::string_view typed, PayloadFormat format) {
  switch (format) {
    case PayloadFormat::hex: {
      auto bytes = from_hex(typed);
      if (!bytes) return fail(Errc::invalid_argument, "the message is not hex: two digits a byte");
      return bytes;
    }
    case PayloadFormat::base64: {
      auto bytes = from_base64(typed);
      if (!bytes) return fail(Errc::invalid_argument, "the message is not base64");
      return bytes;
    }
    default:
      return to_bytes(as_bytes(typed));
  }
}

std::string show_payload(ByteView payload, PayloadFormat format) {
  switch (format) {
    case PayloadFormat::hex:
      return to_hex(payload);
    case PayloadFormat::base64:
      return to_base64(payload);
    case PayloadFormat::raw:
      return std::string(as_text(payload));
    case PayloadFormat::text:
      break;
  }
  const std::string_view text = as_text(payload);
  if (!senml::is_utf8(text)) return "hex:" + to_hex(payload);
  return one_line(json::Value(std::string(text)));
}

std::string to_json(const mqtt::Publish& message, Timestamp received) {
  json::Writer out;
  out.begin_object();
  out.field("time", json::to_time_text(received));
  out.field("topic", message.topic);
  const std::string_view text = as_text(message.payload);
  if (senml::is_utf8(text)) {
    out.field("payload", text);
  } else {
    out.field("payload_base64", to_base64(message.payload));
  }
  out.field("qos", static_cast<std::int64_t>(message.qos));
  out.field("retain", message.retain);
  write_properties(out, message.properties);
  out.end_object();
  return std::move(out).text();
}

}  // namespace fastness::client
