#include "configured_limits.h"

namespace fastness::hub {
namespace {

// The table of settings has checked that each value is in the range of what it becomes here.
template <typename To>
To as(std::int64_t value) {
  return static_cast<To>(value);
}

}  // namespace

net::ConnectionLimits::Options connection_limits(
    const config::Config::Limits& limits, const std::shared_ptr<net::DescriptorBudget>& descriptors,
    net::DescriptorBudget::For whom) {
  return {
      as<std::size_t>(limits.connections),
      as<std::size_t>(limits.connections_per_address),
      {as<double>(limits.address_connects_per_second), as<double>(limits.address_connect_burst)},
      descriptors,
      whom};
}

net::Listener::Options accept_options(const config::Config& config) {
  net::Listener::Options options;
  options.accepts_per_second = as<double>(config.limits.accepts_per_second);
  options.accept_burst = as<double>(config.limits.accept_burst);
  options.proxies = config.proxies.proxy_protocol;
  return options;
}

gateway::Limits gateway_limits(const config::Config& config,
                               const std::shared_ptr<net::DescriptorBudget>& descriptors) {
  const config::Config::Limits& limits = config.limits;
  gateway::Limits made;
  made.handshake = std::chrono::seconds(limits.handshake_seconds);
  made.connect = std::chrono::seconds(limits.connect_seconds);
  made.packet = std::chrono::seconds(limits.mqtt_packet_seconds);
  made.endpoint.max_packet_bytes = as<std::size_t>(limits.mqtt_packet_bytes);
  made.endpoint.max_connect_bytes = as<std::size_t>(limits.mqtt_connect_bytes);
  made.endpoint.receive_maximum = as<std::uint16_t>(limits.mqtt_receive_maximum);
  made.endpoint.max_unanswered = as<std::size_t>(limits.mqtt_unanswered);
  made.endpoint.topic_alias_maximum = as<std::uint16_t>(limits.mqtt_topic_aliases);
  made.endpoint.max_keep_alive = as<std::uint16_t>(limits.mqtt_keep_alive_seconds);
  made.session.max_in_flight = as<std::uint16_t>(limits.mqtt_in_flight);
  made.session.max_queued = as<std::size_t>(limits.mqtt_queued_messages);
  made.session.max_queued_bytes = as<std::size_t>(limits.mqtt_queued_bytes);
  made.retained.max_messages = as<std::size_t>(limits.retained_messages);
  made.retained.max_messages_of_owner = as<std::size_t>(limits.device_retained_messages);
  made.retained.max_bytes = as<std::size_t>(limits.retained_bytes);
  made.messages_per_second = as<double>(limits.mqtt_messages_per_second);
  made.message_burst = as<double>(limits.mqtt_message_burst);
  made.bytes_per_second = as<double>(limits.mqtt_bytes_per_second);
  made.device_connects = {as<double>(limits.device_connects_per_second),
                          as<double>(limits.device_connect_burst)};
  made.organisation.max_connections = as<std::size_t>(limits.organisation_connections);
  made.organisation.max_sessions = as<std::size_t>(limits.organisation_sessions);
  made.organisation.max_subscriptions = as<std::size_t>(limits.organisation_subscriptions);
  made.organisation.max_queued_bytes = as<std::size_t>(limits.organisation_queued_bytes);
  made.organisation.connects = {as<double>(limits.organisation_connects_per_second),
                                as<double>(limits.organisation_connect_burst)};
  made.organisation.messages_per_second = as<double>(limits.organisation_messages_per_second);
  made.organisation.bytes_per_second = as<double>(limits.organisation_bytes_per_second);
  made.max_subscriptions = as<std::size_t>(limits.mqtt_subscriptions);
  made.max_session_expiry = std::chrono::seconds(limits.mqtt_session_expiry_seconds);
  made.connections = connection_limits(limits, descriptors, net::DescriptorBudget::For::devices);
  made.accept = accept_options(config);
  return made;
}

http_server::Limits http_limits(const config::Config::Limits& limits) {
  http_server::Limits made;
  made.max_header_bytes = as<std::size_t>(limits.http_header_bytes);
  made.max_body_bytes = as<std::size_t>(limits.http_body_bytes);
  made.handshake = std::chrono::seconds(limits.handshake_seconds);
  made.request = std::chrono::seconds(limits.http_request_seconds);
  made.idle = std::chrono::seconds(limits.http_idle_seconds);
  made.message = std::chrono::seconds(limits.mqtt_packet_seconds);
  made.requests_per_second = as<double>(limits.http_requests_per_second);
  made.request_burst = as<double>(limits.http_request_burst);
  return made;
}

}  // namespace fastness::hub
