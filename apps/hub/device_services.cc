#include "device_services.h"

#include <map>
#include <memory>
#include <utility>

namespace fastness::hub {
namespace {

using things::DisconnectReason;

constexpr std::pair<std::string_view, DisconnectReason> kReasons[] = {
    {"disconnected", DisconnectReason::client_left},
    {"closed_by_peer", DisconnectReason::connection_lost},
    {"connection_lost", DisconnectReason::connection_lost},
    {"keep_alive_timeout", DisconnectReason::keep_alive},
    {"session_taken_over", DisconnectReason::taken_over},
    {"malformed_packet", DisconnectReason::protocol_error},
    {"protocol_error", DisconnectReason::protocol_error},
    {"topic_denied", DisconnectReason::not_authorised},
    {"revoked", DisconnectReason::revoked},
    {"not_admitted", DisconnectReason::revoked},
    {"thing_changed", DisconnectReason::reattached},
    {"server_stopping", DisconnectReason::server_stopped},
};

// Keeps the connection log. Lives on the control thread.
class ConnectionLog {
 public:
  ConnectionLog(things::Devices& devices, telemetry::Log log)
      : devices_(devices), log_(std::move(log)) {}

  void note(const gateway::ConnectionEvent& event) {
    using Kind = gateway::ConnectionEvent::Kind;
    const auto noted = event.kind == Kind::connected ? begin(event) : end(event);
    if (!noted) {
      log_.warning("connection_not_logged",
                   {{"device", event.device.value().to_text()}, {"error", noted.error().message}});
    }
  }

 private:
  Result<void> begin(const gateway::ConnectionEvent& event) {
    begun_[event.connection] = event.at;
    things::Connection connection;
    connection.connected_at = event.at;
    connection.remote = event.remote;
    connection.tls = event.tls;
    return devices_.connected(event.organisation, event.device, std::move(connection));
  }

  Result<void> end(const gateway::ConnectionEvent& event) {
    const auto begun = begun_.extract(event.connection);
    if (!begun) return {};
    return devices_.disconnected(event.organisation, event.device, begun.mapped(), event.at,
                                 disconnect_reason(event.reason), event.reason);
  }

  things::Devices& devices_;
  telemetry::Log log_;
  std::map<std::uint64_t, Timestamp> begun_;  // of the connections that are open
};

// Keeps what a board says about itself. Nobody waits for it: a failure is for the log.
void keep_note(const DeviceDomains& domains, const telemetry::Log& log, DeviceId device,
               const dialects::Note& note) {
  const auto snapshot = domains.identity.published().load();
  const identity::RegisteredDevice* registered = snapshot->find_device(device);
  if (registered == nullptr) return;  // removed meanwhile
  const OrganisationId organisation = registered->organisation;
  auto kept = domains.devices.report(organisation, device,
                                     {note.lib_version, note.wifi_fw_version, note.sketch_sha256});
  if (kept && !note.network_kind.empty()) {
    kept =
        domains.devices.set_network(organisation, device, {note.network_kind, note.network_detail});
  }
  if (!kept) {
    log.warning("note_not_kept",
                {{"device", device.value().to_text()}, {"error", kept.error().message}});
  }
}

gateway::Services::LastValuesAnswer last_values_of(const DeviceDomains& domains,
                                                   OrganisationId organisation, ThingId id) {
  gateway::Services::LastValuesAnswer answer;
  const Timestamp now = domains.clock.now();
  const things::Thing* thing = domains.things.find(organisation, id);
  answer.local_time = domains.time_zones.at(thing != nullptr ? thing->said.timezone : "", now);
  for (const things::Property* property : domains.things.properties(organisation, id)) {
    if (const things::LastValue* last = domains.last_values.find(property->id)) {
      answer.values.push_back({property->id, last->value, last->time});
    }
  }
  return answer;
}

}  // namespace

DisconnectReason disconnect_reason(std::string_view gateway_word) {
  for (const auto& [word, reason] : kReasons) {
    if (word == gateway_word) return reason;
  }
  return DisconnectReason::protocol_error;
}

void add_device_services(gateway::Services& services, const DeviceDomains& domains,
                         const telemetry::Log& log, Post post_to_control) {
  services.things = &domains.things.published();
  services.last_values = [domains, post = post_to_control](OrganisationId organisation, ThingId id,
                                                           auto answer) {
    post([domains, organisation, id, answer = std::move(answer)] {
      answer(last_values_of(domains, organisation, id));
    });
  };
  services.note = [domains, log, post = post_to_control](DeviceId device, dialects::Note note) {
    post([domains, log, device, note = std::move(note)] { keep_note(domains, log, device, note); });
  };
  // Shared by the function's copies; all run on the control thread.
  auto connections = std::make_shared<ConnectionLog>(domains.devices, log);
  services.connection_event = [connections,
                               post = std::move(post_to_control)](gateway::ConnectionEvent event) {
    post([connections, event = std::move(event)] { connections->note(event); });
  };
}

}  // namespace fastness::hub
