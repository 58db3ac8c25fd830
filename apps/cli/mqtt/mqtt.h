#pragma once

#include <memory>
#include <string>

#include "../session.h"
#include "client/mqtt/mqtt_link.h"
#include "client/mqtt/payload.h"
#include "mqtt/wire/types.h"

namespace CLI {
class App;
}

namespace fastness::cli {

// What both `mqtt sub` and `mqtt pub` are asked.
struct MqttOptions {
  std::string server;     // HOST:PORT
  std::string client_id;  // empty: the server chooses
  int qos = 1;
  client::PayloadFormat payload = client::PayloadFormat::text;

  [[nodiscard]] mqtt::Qos quality() const { return static_cast<mqtt::Qos>(qos); }
};

void add_mqtt_options(CLI::App& command, MqttOptions& options);

// Connects as the API key that `fastness login` kept, and waits until the server has let us in.
[[nodiscard]] Result<std::unique_ptr<client::MqttLink>> open_mqtt(
    const Session& session, const MqttOptions& options, client::MqttConnection::Events events);

void add_mqtt_sub_command(CLI::App& group, Session& session, Action& action);
void add_mqtt_pub_command(CLI::App& group, Session& session, Action& action);

}  // namespace fastness::cli
