// fastness mqtt: any topic of the organisation, from the command line.
#include "mqtt.h"

#include <CLI/CLI.hpp>

#include "../commands.h"
#include "../local_instance.h"

namespace fastness::cli {
namespace {

constexpr std::uint16_t kPeoplePort = 8883;

}  // namespace

void add_mqtt_options(CLI::App& command, MqttOptions& options) {
  command.add_option("--mqtt", options.server, "where to connect; port 8883 if left out")
      ->type_name("HOST:PORT");
  command.add_option("--client-id", options.client_id, "the server chooses one if left out");
  command.add_option("-q,--qos", options.qos, "0, 1 or 2; 1 if left out")->check(CLI::Range(0, 2));
}

Result<std::unique_ptr<client::MqttLink>> open_mqtt(const Session& session,
                                                    const MqttOptions& options,
                                                    client::MqttConnection::Events events) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const client::Address address,
                            mqtt_address(options.server, api.credentials().server, kPeoplePort));
  FASTNESS_ASSIGN_OR_RETURN(auto login, client::login_of(api, options.client_id));
  FASTNESS_ASSIGN_OR_RETURN(auto transport, client::Transport::connect(address, api.context()));
  auto link = std::make_unique<client::MqttLink>(std::move(transport), std::move(login),
                                                 std::move(events), session.clock);
  FASTNESS_RETURN_IF_ERROR(link->open());
  return link;
}

void add_mqtt_commands(CLI::App& app, Session& session, Action& action) {
  auto* group = app.add_subcommand("mqtt", "publish and subscribe to topics, with the API key");
  group->require_subcommand(1);
  add_mqtt_sub_command(*group, session, action);
  add_mqtt_pub_command(*group, session, action);
}

}  // namespace fastness::cli
