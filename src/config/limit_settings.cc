// The rows of the section limits.
#include "config/rows.h"
#include "config/setting.h"

namespace fastness::config {

namespace {

using namespace rows;

void add_connection_limits(std::vector<Setting>& table) {
  table.push_back(integer(FASTNESS_SETTING(limits.connections), 1, 10'000'000,
                          "Open connections, over all listeners; fewer if the system allows "
                          "fewer open files."));
  table.push_back(integer(FASTNESS_SETTING(limits.connections_per_address), 1, 10'000'000,
                          "Open connections from one IPv4 address or IPv6 /64. MQTT clients "
                          "count until CONNECT has let them in."));
  table.push_back(integer(FASTNESS_SETTING(limits.address_connects_per_second), 1, 1'000'000,
                          "New connections a second from one address, in the long run."));
  table.push_back(integer(FASTNESS_SETTING(limits.address_connect_burst), 1, 10'000'000,
                          "New connections of one address at once, before that pace holds."));
  table.push_back(integer(FASTNESS_SETTING(limits.accepts_per_second), 1, 1'000'000,
                          "New connections a second, each listener and loop."));
  table.push_back(integer(FASTNESS_SETTING(limits.accept_burst), 1, 1'000'000,
                          "New connections at once, before that pace holds."));
  table.push_back(integer(FASTNESS_SETTING(limits.handshake_seconds), 1, 600,
                          "For a TLS handshake; secure elements take seconds."));
  table.push_back(integer(FASTNESS_SETTING(limits.connect_seconds), 1, 600,
                          "From the handshake to MQTT CONNECT."));
}

void add_mqtt_limits(std::vector<Setting>& table) {
  table.push_back(bytes(FASTNESS_SETTING(limits.mqtt_packet_bytes), kKiB, 256 * kMiB,
                        "One MQTT packet, with its header."));
  table.push_back(bytes(FASTNESS_SETTING(limits.mqtt_connect_bytes), kKiB, 256 * kMiB,
                        "A CONNECT packet: whoever sends it is still a stranger."));
  table.push_back(
      integer(FASTNESS_SETTING(limits.mqtt_packet_seconds), 1, 3'600,
              "For a packet that has begun, or a message on a WebSocket, to arrive whole."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_keep_alive_seconds), 10, 65'535,
                          "The longest keep-alive, and that of clients who ask for none."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_receive_maximum), 1, 65'535,
                          "QoS 1 and 2 messages that an MQTT 5.0 client may have unanswered."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_unanswered), 1, 65'535,
                          "The same for MQTT 3.1.1 clients, who are told of no window."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_topic_aliases), 0, 65'535,
                          "Topic aliases of one connection."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_in_flight), 1, 65'535,
                          "Messages sent to a client that it has not acknowledged."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_queued_messages), 0, 1'000'000,
                          "Messages waiting for one session."));
  table.push_back(
      bytes(FASTNESS_SETTING(limits.mqtt_queued_bytes), 0, kGiB, "What they take together."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_subscriptions), 1, 100'000,
                          "Subscriptions of one session."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_session_expiry_seconds), 0, 3'650 * kDay,
                          "How long a session outlives its connection at most."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_messages_per_second), 1, 1'000'000,
                          "Messages from one connection in the long run; more are read later."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_message_burst), 1, 1'000'000,
                          "Messages from one connection at once, before that pace holds."));
  table.push_back(bytes(FASTNESS_SETTING(limits.mqtt_bytes_per_second), kKiB, kGiB,
                        "Bytes of messages from one connection in the long run, and at once; more "
                        "are read later."));
  table.push_back(integer(FASTNESS_SETTING(limits.device_connects_per_second), 1, 1'000'000,
                          "CONNECT packets a second of one device or person in the long run."));
  table.push_back(integer(FASTNESS_SETTING(limits.device_connect_burst), 1, 1'000'000,
                          "CONNECT packets of one at once, before that pace holds."));
  table.push_back(integer(FASTNESS_SETTING(limits.device_retained_messages), 0, 100'000'000,
                          "Retained messages that one device or person has set."));
  table.push_back(integer(FASTNESS_SETTING(limits.retained_messages), 0, 100'000'000,
                          "Retained messages of one organisation."));
  table.push_back(
      bytes(FASTNESS_SETTING(limits.retained_bytes), 0, 1'024 * kGiB, "What they take together."));
}

void add_organisation_limits(std::vector<Setting>& table) {
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_connections), 1, 10'000'000,
                          "MQTT connections of one organisation."));
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_connects_per_second), 1, 1'000'000,
                          "CONNECT packets a second of one organisation in the long run."));
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_connect_burst), 1, 10'000'000,
                          "CONNECT packets of one organisation at once, before that pace holds."));
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_sessions), 1, 10'000'000,
                          "MQTT sessions of one organisation, connected or kept."));
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_subscriptions), 1, 1'000'000'000,
                          "Subscriptions of one organisation."));
  table.push_back(bytes(FASTNESS_SETTING(limits.organisation_queued_bytes), 0, 1'024 * kGiB,
                        "Messages waiting for all sessions of one organisation."));
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_messages_per_second), 1, 100'000'000,
                          "Messages from one organisation in the long run; more are read later."));
  table.push_back(bytes(FASTNESS_SETTING(limits.organisation_bytes_per_second), kKiB, 1'024 * kGiB,
                        "Bytes of messages from one organisation in the long run; more are read "
                        "later."));
}

void add_http_limits(std::vector<Setting>& table) {
  table.push_back(
      bytes(FASTNESS_SETTING(limits.http_header_bytes), kKiB, kMiB, "The header of a request."));
  table.push_back(
      bytes(FASTNESS_SETTING(limits.http_body_bytes), kKiB, kGiB, "The body of a request."));
  table.push_back(integer(FASTNESS_SETTING(limits.http_request_seconds), 1, 3'600,
                          "For a request to arrive whole."));
  table.push_back(integer(FASTNESS_SETTING(limits.http_idle_seconds), 1, 3'600,
                          "Between two requests on one connection."));
  table.push_back(integer(FASTNESS_SETTING(limits.http_requests_per_second), 1, 1'000'000,
                          "Requests of one caller in the long run."));
  table.push_back(integer(FASTNESS_SETTING(limits.http_request_burst), 1, 1'000'000,
                          "Requests of one caller at once, before that pace holds."));
  table.push_back(bytes(FASTNESS_SETTING(limits.websocket_message_bytes), kKiB, 256 * kMiB,
                        "One message on a WebSocket."));
}

}  // namespace

void add_limits(std::vector<Setting>& table) {
  add_connection_limits(table);
  add_mqtt_limits(table);
  add_organisation_limits(table);
  add_http_limits(table);
}

}  // namespace fastness::config
