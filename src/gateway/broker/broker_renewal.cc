// What a device and the authority that certifies it say to each other. It passes through here and
// nowhere else: not to subscribers, not into the journal's readings, not into a queue.

#include "gateway/broker/broker.h"

namespace fastness::gateway {

using mqtt::ReasonCode;

ReasonCode Broker::check(const Connection& connection, const mqtt::Publish& packet) {
  const Principal& principal = connection.session->principal;
  if (!packet.topic.starts_with(kRenewalPrefix)) return check(principal, packet.topic);
  if (connection.leaf() == nullptr || !may_say(principal, packet.topic)) {
    return ReasonCode::not_authorised;
  }
  const bool fits = packet.payload.size() <= fixed_limit("renewals.message_bytes");
  return fits ? ReasonCode::success : ReasonCode::quota_exceeded;
}

void Broker::pass_renewal(const Connection& connection, RenewalChannel channel, ByteView payload) {
  const Principal& principal = connection.session->principal;
  tell_events();  // the control thread knows the connection before it hears what comes by it
  context_.services.renewal({channel, principal.organisation, *principal.device(),
                             connection.number(), *connection.leaf(), connection.origin().remote,
                             to_bytes(payload)});
}

// Only `publish` gets here with such a topic, and `check` let it through.
void Broker::pass_renewal(const Inbound& inbound) {
  const Connection* connection = context_.find(inbound.connection);
  const auto channel = may_say(inbound.principal, inbound.message->topic);
  if (connection == nullptr || connection->session == nullptr || !channel) return;
  pass_renewal(*connection, *channel, inbound.message->payload);
}

void Broker::note_listening(const Connection& connection) {
  const Principal& principal = connection.session->principal;
  const DeviceId* device = principal.device();
  if (device == nullptr || connection.leaf() == nullptr) return;
  const auto interest =
      space(principal.organisation).interest(*connection.session, renewal_topic(*device, "renew"));
  if (interest) pass_renewal(connection, RenewalChannel::listening, {});
}

// Takes in a connection that is for this and nothing else: it gets no session.
void Broker::host(Connection& connection, Login& login, const RenewingDevice& device) {
  if (was_cut_since(device, login.proven)) {
    return refuse(connection, ReasonCode::not_authorised, "revoked");
  }
  if (login.names_another(device.device)) {
    return refuse(connection, ReasonCode::client_identifier_not_valid, "client_id_of_another");
  }
  Space& home = space(device.organisation);
  const ReasonCode admitted = home.admit(device, context_.clock.steady());
  if (admitted != ReasonCode::success) return refuse(connection, admitted, "quota_reached");
  if (!renewal_door_.has_room_for(device.device)) {
    return refuse(connection, ReasonCode::quota_exceeded, "too_many_renewals");
  }
  home.connected();
  connection.traffic = &home.traffic();
  connection.traffic->received.count(login.packet_bytes);
  renewal_door_.let_in(connection, login, device);
}

void Broker::depart(const Connection& connection) {
  const auto device = renewal_door_.leave(connection);
  if (device) space(device->organisation).disconnected();
}

// At QoS 0: a queue would keep it for a connection that it does not speak to. Who lost an answer
// asks again.
void Broker::send_renewal(OrganisationId organisation, std::uint64_t number,
                          const std::vector<dialects::Outgoing>& messages) {
  const Connection* connection = context_.find(number);
  if (connection == nullptr || connection->is_closing()) return;
  if (connection->session == nullptr) return renewal_door_.send(organisation, number, messages);
  ClientSession& session = *connection->session;
  if (session.principal.organisation != organisation) return;
  for (const dialects::Outgoing& outgoing : messages) {
    if (!may_hear(session.principal, outgoing.topic)) continue;
    if (!space(organisation).interest(session, outgoing.topic)) continue;
    mqtt::Message message =
        to_message(outgoing.topic, outgoing.payload, mqtt::Qos::at_most_once, false);
    message.number = next_message();
    hand_over(session, std::make_shared<const mqtt::Message>(std::move(message)));
  }
}

}  // namespace fastness::gateway
