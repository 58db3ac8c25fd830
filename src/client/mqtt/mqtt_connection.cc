#include "client/mqtt/mqtt_connection.h"

#include <type_traits>
#include <utility>

#include "mqtt/wire/decoder.h"
#include "mqtt/wire/encoder.h"

namespace fastness::client {

using mqtt::PacketType;
using mqtt::Qos;
using mqtt::ReasonCode;

namespace {

constexpr auto kVersion = mqtt::Version::v5;

Unexpected<Error> refused(ReasonCode reason, const mqtt::Properties& properties,
                          const std::string& what) {
  std::string message = what + ": " + explain(reason);
  if (properties.reason_string) message += " (" + std::string(*properties.reason_string) + ")";
  return fail(errc_for(reason), std::move(message));
}

}  // namespace

std::string explain(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::bad_user_name_or_password:
      return "the credentials are wrong";
    case ReasonCode::not_authorised:
      return "not permitted";
    case ReasonCode::client_identifier_not_valid:
      return "the client id is not valid here";
    case ReasonCode::server_unavailable:
    case ReasonCode::server_busy:
      return "the server is busy";
    case ReasonCode::server_shutting_down:
      return "the server is shutting down";
    case ReasonCode::session_taken_over:
      return "another client came with the same client id";
    case ReasonCode::topic_filter_invalid:
      return "not a topic filter";
    case ReasonCode::topic_name_invalid:
      return "not a topic to publish to";
    case ReasonCode::packet_too_large:
      return "the message is too large";
    case ReasonCode::quota_exceeded:
      return "a limit is reached";
    case ReasonCode::keep_alive_timeout:
      return "the server did not hear from us in time";
    case ReasonCode::payload_format_invalid:
      return "the payload is not what was announced";
    case ReasonCode::message_rate_too_high:
      return "too many messages a second";
    default:
      return "reason code " + std::to_string(static_cast<int>(reason));
  }
}

Errc errc_for(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::bad_user_name_or_password:
      return Errc::unauthenticated;
    case ReasonCode::not_authorised:
    case ReasonCode::banned:
      return Errc::permission_denied;
    case ReasonCode::client_identifier_not_valid:
    case ReasonCode::topic_filter_invalid:
    case ReasonCode::topic_name_invalid:
    case ReasonCode::packet_too_large:
    case ReasonCode::payload_format_invalid:
    case ReasonCode::malformed_packet:
    case ReasonCode::protocol_error:
      return Errc::invalid_argument;
    case ReasonCode::session_taken_over:
      return Errc::already_exists;
    case ReasonCode::quota_exceeded:
    case ReasonCode::message_rate_too_high:
    case ReasonCode::receive_maximum_exceeded:
      return Errc::exhausted;
    default:
      return Errc::unavailable;
  }
}

void MqttConnection::start(const Login& login, SteadyTime now) {
  mqtt::Connect packet;
  packet.version = kVersion;
  packet.keep_alive = static_cast<std::uint16_t>(keep_alive_.count());
  packet.client_id = login.client_id;
  if (!login.username.empty()) {
    packet.username = login.username;
    packet.password = login.password;
  }
  mqtt::encode(packet, output_);
  last_heard_ = now;
  next_ping_ = now + keep_alive_ / 2;
}

Result<void> MqttConnection::receive(Bytes& input, SteadyTime now) {
  std::size_t used = 0;
  Result<void> handled;
  while (handled) {
    const auto frame = mqtt::next_frame(ByteView(input).subspan(used), mqtt::kMaxVariableInteger);
    if (!frame) return fail(Errc::corrupted, "the server does not speak MQTT");
    if (!*frame) break;
    const auto packet = mqtt::decode(**frame, kVersion);
    if (!packet) return fail(Errc::corrupted, "the server does not speak MQTT 5.0");
    last_heard_ = now;
    handled = handle(*packet);
    used += (*frame)->size;
  }
  input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(used));
  return handled;
}

Result<void> MqttConnection::handle(const mqtt::Packet& packet) {
  if (const auto* connack = std::get_if<mqtt::Connack>(&packet)) return handle_connack(*connack);
  if (!is_accepted_) return fail(Errc::corrupted, "the server does not begin with CONNACK");
  if (const auto* message = std::get_if<mqtt::Publish>(&packet)) {
    handle_message(*message);
  } else if (const auto* answer = std::get_if<mqtt::Acknowledgement>(&packet)) {
    handle_acknowledgement(*answer);
  } else if (const auto* suback = std::get_if<mqtt::Suback>(&packet)) {
    if (events_.subscribed) events_.subscribed(suback->reasons);
  } else if (const auto* end = std::get_if<mqtt::Disconnect>(&packet)) {
    return refused(end->reason, end->properties, "the server ended the connection");
  }
  return {};
}

Result<void> MqttConnection::handle_connack(const mqtt::Connack& packet) {
  if (mqtt::is_failure(packet.reason)) {
    return refused(packet.reason, packet.properties, "the server lets us not in");
  }
  is_accepted_ = true;
  if (packet.properties.receive_maximum) receive_maximum_ = *packet.properties.receive_maximum;
  if (packet.properties.server_keep_alive) {
    keep_alive_ = std::chrono::seconds(*packet.properties.server_keep_alive);
    next_ping_ = last_heard_ + keep_alive_ / 2;
  }
  return {};
}

void MqttConnection::handle_message(const mqtt::Publish& message) {
  const bool is_known =
      message.qos == Qos::exactly_once && !unreleased_.insert(message.packet_id).second;
  if (!is_known && events_.message) events_.message(message);
  if (message.qos == Qos::at_least_once) acknowledge(PacketType::puback, message.packet_id);
  if (message.qos == Qos::exactly_once) acknowledge(PacketType::pubrec, message.packet_id);
}

void MqttConnection::handle_acknowledgement(const mqtt::Acknowledgement& packet) {
  if (packet.type == PacketType::pubrel) {
    unreleased_.erase(packet.packet_id);
    return acknowledge(PacketType::pubcomp, packet.packet_id);
  }
  if (packet.type == PacketType::pubrec && !mqtt::is_failure(packet.reason)) {
    return acknowledge(PacketType::pubrel, packet.packet_id);
  }
  if (unanswered_.erase(packet.packet_id) != 0 && events_.published) {
    events_.published(packet.packet_id, packet.reason);
  }
}

void MqttConnection::acknowledge(PacketType type, std::uint16_t packet_id) {
  mqtt::Acknowledgement packet;
  packet.type = type;
  packet.packet_id = packet_id;
  mqtt::encode(packet, kVersion, output_);
}

Result<void> MqttConnection::tick(SteadyTime now) {
  if (now - last_heard_ > keep_alive_ + keep_alive_ / 2) {
    return fail(Errc::unavailable, "the server is silent");
  }
  if (is_accepted_ && now >= next_ping_) {
    mqtt::encode(mqtt::Pingreq{}, kVersion, output_);
    next_ping_ = now + keep_alive_ / 2;
  }
  return {};
}

std::uint16_t MqttConnection::next_packet_id() {
  do {
    packet_id_ = packet_id_ == 0xffff ? 1 : static_cast<std::uint16_t>(packet_id_ + 1);
  } while (unanswered_.contains(packet_id_));
  return packet_id_;
}

void MqttConnection::subscribe(const std::vector<std::string>& filters,
                               const mqtt::SubscriptionOptions& options) {
  mqtt::Subscribe packet;
  packet.packet_id = next_packet_id();
  for (const std::string& filter : filters) packet.entries.push_back({filter, options});
  mqtt::encode(packet, kVersion, output_);
}

std::uint16_t MqttConnection::publish(mqtt::Publish message) {
  message.packet_id = 0;
  if (message.qos != Qos::at_most_once) {
    message.packet_id = next_packet_id();
    unanswered_.insert(message.packet_id);
  }
  mqtt::encode(message, kVersion, output_);
  return message.packet_id;
}

void MqttConnection::disconnect() {
  mqtt::encode(mqtt::Disconnect{}, kVersion, output_);
}

}  // namespace fastness::client
