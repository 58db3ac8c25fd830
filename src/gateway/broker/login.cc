#include "gateway/broker/login.h"

#include <algorithm>

#include "base/ids/uuid.h"

namespace fastness::gateway {

using mqtt::ReasonCode;

mqtt::Message to_message(std::string_view topic, ByteView payload, mqtt::Qos qos, bool retain) {
  mqtt::Message message;
  message.topic = topic;
  message.payload = to_bytes(payload);
  message.qos = qos;
  message.retain = retain;
  return message;
}

void let_travel(const mqtt::Properties& properties, Timestamp now, mqtt::Message& message) {
  mqtt::Properties travelling;
  travelling.payload_format = properties.payload_format;
  travelling.content_type = properties.content_type;
  travelling.response_topic = properties.response_topic;
  travelling.correlation_data = properties.correlation_data;
  travelling.user = properties.user;
  mqtt::write_property_fields(travelling, message.properties);
  if (properties.message_expiry) {
    message.expires = now + std::chrono::seconds{*properties.message_expiry};
  }
}

namespace {

// How long the session is to stay. 3.1.1 knows "not at all" and "for ever"; nobody gets for ever.
std::chrono::seconds wanted_expiry(const mqtt::Connect& packet, const Limits& limits) {
  if (packet.version == mqtt::Version::v311) {
    return packet.clean_start ? std::chrono::seconds{0} : limits.max_session_expiry;
  }
  const std::chrono::seconds asked{packet.properties.session_expiry.value_or(0)};
  return std::min(asked, limits.max_session_expiry);
}

// How many topics we shorten: what the client allows, as far as a byte counts, and no more than it
// may use itself.
std::uint8_t aliases_of(const mqtt::Properties& properties, const Limits& limits) {
  const std::uint16_t allowed = properties.topic_alias_maximum.value_or(0);
  return static_cast<std::uint8_t>(
      std::min<int>({allowed, limits.endpoint.topic_alias_maximum, UINT8_MAX}));
}

Testament testament_of(const mqtt::Will& will, Timestamp now) {
  Testament testament{to_message(will.topic, as_bytes(will.payload), will.qos, will.retain),
                      std::chrono::seconds{will.properties.will_delay.value_or(0)}, std::nullopt};
  let_travel(will.properties, now, testament.message);
  testament.message.expires.reset();
  if (will.properties.message_expiry) {
    testament.lifetime = std::chrono::seconds{*will.properties.message_expiry};
  }
  return testament;
}

}  // namespace

bool Login::names_another(DeviceId device) const {
  const auto claimed = Uuid::parse(client_id);
  return !is_client_id_ours && claimed && claimed.value() != device.value();
}

Result<Login, ReasonCode> Login::parse(const mqtt::Connect& packet, const Limits& limits,
                                       Timestamp now, Random& random) {
  const auto refuse = [](ReasonCode reason) { return Unexpected<ReasonCode>{reason}; };
  if (packet.properties.authentication_method) {
    return refuse(ReasonCode::bad_authentication_method);
  }
  if (packet.client_id.size() > limits.max_client_id_bytes) {
    return refuse(ReasonCode::client_identifier_not_valid);
  }
  if (packet.will && packet.will->topic.size() > limits.max_topic_bytes) {
    return refuse(ReasonCode::topic_name_invalid);
  }
  Login login;
  login.client_id = packet.client_id;
  if (login.client_id.empty()) {
    // A session that stays needs a name that the client knows (3.1.1, 3.1.3-8).
    if (packet.version == mqtt::Version::v311 && !packet.clean_start) {
      return refuse(ReasonCode::client_identifier_not_valid);
    }
    login.client_id = random_uuid(random).to_text();
    login.is_client_id_ours = true;
  }
  login.clean_start = packet.clean_start;
  login.expiry = wanted_expiry(packet, limits);
  login.peer.version = packet.version;
  const mqtt::Properties& properties = packet.properties;
  login.peer.receive_maximum = properties.receive_maximum.value_or(65'535);
  if (properties.maximum_packet_size) {
    login.peer.maximum_packet_size = *properties.maximum_packet_size;
  }
  login.peer.topic_aliases = aliases_of(properties, limits);
  if (packet.username) login.username = *packet.username;
  if (packet.password) {
    Bytes copy = to_bytes(as_bytes(*packet.password));
    login.password_ = crypto::SecretBytes::take(copy);
  }
  if (packet.will) login.will = testament_of(*packet.will, now);
  if (login.will && login.will->message.bytes() > limits.max_kept_bytes) {
    return refuse(ReasonCode::packet_too_large);
  }
  return login;
}

}  // namespace fastness::gateway
