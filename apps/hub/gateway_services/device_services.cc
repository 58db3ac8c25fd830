#include "gateway_services/device_services.h"

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
    {"certificate_lapsed", DisconnectReason::revoked},
    {"key_changed", DisconnectReason::revoked},
    {"not_admitted", DisconnectReason::revoked},
    {"thing_changed", DisconnectReason::reattached},
    {"server_shutting_down", DisconnectReason::server_stopped},
};

// Keeps the log of connections, and shows them to whoever looks for copies or renews certificates.
// Lives on the control thread.
class ConnectionLog {
 public:
  ConnectionLog(const DeviceDomains& domains, telemetry::Log log)
      : devices_(domains.devices),
        identity_(domains.identity),
        renewals_(domains.renewals),
        log_(std::move(log)) {}

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
    things::Connection connection;
    connection.connected_at = event.since;  // by which its end will find it
    connection.remote = event.remote;
    connection.tls = event.tls;
    identity_.clones().connected(event.organisation, event.device, event.connection, event.remote,
                                 event.at);
    if (event.leaf) identity_.note_connected(event.device, *event.leaf);
    return devices_.connected(event.organisation, event.device, std::move(connection));
  }

  Result<void> end(const gateway::ConnectionEvent& event) {
    using Ending = identity::CloneWatch::Ending;
    const DisconnectReason reason = disconnect_reason(event.reason);
    renewals_.left(event.connection);
    identity_.clones().disconnected(
        event.device, event.connection,
        reason == DisconnectReason::taken_over ? Ending::taken_over : Ending::other);
    return devices_.disconnected(event.organisation, event.device, event.since, event.at, reason,
                                 event.reason);
  }

  things::Devices& devices_;
  identity::Identity& identity_;
  renewals::RenewalDesk& renewals_;
  telemetry::Log log_;
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

void hear(renewals::RenewalDesk& desk, const gateway::RenewalMessage& message) {
  using gateway::RenewalChannel;
  using renewals::Stay;
  const bool is_to_renew = message.stay == gateway::RenewalMessage::Stay::to_renew;
  switch (message.channel) {
    case RenewalChannel::listening:
      return desk.listens({message.organisation, message.device, message.connection, message.leaf,
                           message.remote, is_to_renew ? Stay::to_renew : Stay::with_session});
    case RenewalChannel::gone:
      return desk.left(message.connection);
    case RenewalChannel::request:
      return desk.hear_request(message.connection, message.payload);
    case RenewalChannel::stored:
      return desk.hear_stored(message.connection, message.payload);
    case RenewalChannel::refused:
      return desk.hear_refused(message.connection, message.payload);
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
  services.renewal = [domains, post = post_to_control](gateway::RenewalMessage message) {
    post([domains, message = std::move(message)] { hear(domains.renewals, message); });
  };
  // Shared by the function's copies; all run on the control thread.
  auto connections = std::make_shared<ConnectionLog>(domains, log);
  services.connection_events = [connections, post = std::move(post_to_control)](auto events) {
    post([connections, events = std::move(events)] {
      for (const gateway::ConnectionEvent& event : events) connections->note(event);
    });
  };
}

}  // namespace fastness::hub
