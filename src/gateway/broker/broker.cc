#include "gateway/broker/broker.h"

#include "gateway/broker/system_topics.h"

namespace fastness::gateway {

Broker::Broker(BrokerContext context)
    : context_(std::move(context)),
      renewal_door_(context_),
      things_(*context_.services.things),
      started_(context_.clock.steady()),
      figures_due_(started_ + kSystemInterval) {}

Space& Broker::space(OrganisationId organisation) {
  std::unique_ptr<Space>& space = spaces_[organisation];
  if (!space)
    space = std::make_unique<Space>(organisation, context_.limits,
                                    [this](OrganisationId whose, const SessionIdentity& who,
                                           Quota quota) { note_quota(whose, who, quota); });
  return *space;
}

void Broker::note_quota(OrganisationId organisation, const SessionIdentity& identity, Quota quota) {
  const auto* device = std::get_if<DeviceId>(&identity);
  context_.probe.quota_bit(quota);
  context_.quotas.note(organisation, device != nullptr ? std::optional(*device) : std::nullopt,
                       quota, now());
}

void Broker::on_quota(const Connection& connection, Quota quota) {
  if (connection.session == nullptr) return context_.probe.quota_bit(quota);
  const Principal& principal = connection.session->principal;
  note_quota(principal.organisation, principal.identity, quota);
}

SteadyTime::duration Broker::pace(const Connection& connection, std::size_t bytes) {
  if (connection.session == nullptr) return {};
  const Principal& principal = connection.session->principal;
  return space(principal.organisation).pace(principal, bytes, context_.clock.steady());
}

void Broker::on_packet(Connection& connection, const mqtt::ServerEndpoint::Action& action,
                       std::size_t bytes) {
  using Endpoint = mqtt::ServerEndpoint;
  if (connection.traffic != nullptr) connection.traffic->received.count(bytes);
  if (const auto* p = std::get_if<mqtt::Publish>(&action)) return publish(connection, *p);
  if (const auto* p = std::get_if<mqtt::Acknowledgement>(&action)) {
    return acknowledge(connection, *p);
  }
  if (const auto* p = std::get_if<mqtt::Connect>(&action)) return connect(connection, *p, bytes);
  if (const auto* p = std::get_if<mqtt::Subscribe>(&action)) return subscribe(connection, *p);
  if (const auto* p = std::get_if<mqtt::Unsubscribe>(&action)) return unsubscribe(connection, *p);
  if (const auto* ended = std::get_if<Endpoint::Ended>(&action)) {
    ClientSession* session = connection.session;
    if (session != nullptr && ended->session_expiry) {
      session->expiry = std::min(std::chrono::seconds{*ended->session_expiry},
                                 context_.limits.max_session_expiry);
    }
    let_go(connection, ended->publish_will ? WillFate::due : WillFate::dropped, "disconnected");
    return connection.finish("disconnected");
  }
  if (const auto* failed = std::get_if<Endpoint::Failed>(&action)) {
    context_.probe.protocol_broken();
    if (failed->why.reason == mqtt::ReasonCode::receive_maximum_exceeded) {
      on_quota(connection, Quota::receive_maximum);
    }
    context_.log.info("protocol_error",
                      {{"remote", connection.origin().remote}, {"why", failed->why.what}});
    connection.finish("protocol_error");
  }
}

void Broker::on_closing(Connection& connection) {
  let_go(connection, WillFate::due, connection.why());
}

void Broker::fill(Connection& connection) {
  if (connection.session == nullptr) return;
  ClientSession& session = *connection.session;
  if (!session.state.has_sendable() && !session.readings) return;
  constexpr std::size_t kBudget = std::size_t{64} << 10U;
  session.is_changed = true;
  session.state.send_queued(now(), kBudget, connection.output());
  if (session.readings) {
    read_retained(session, kBudget, connection.output());
    session.state.send_queued(now(), kBudget, connection.output());
  }
  collect_events(session);
}

// --- from outside -------------------------------------------------------------------------------

void Broker::cut(const Cut& cut) {
  const SteadyTime at = context_.clock.steady();
  if (cut.revoked && cut.identity) cut_identities_[*cut.identity] = at;
  if (!cut.credential.empty()) cut_credentials_[cut.credential] = at;
  if (cut.crowd) cut_crowds_[*cut.crowd] = at;
  for (auto& [organisation, space] : spaces_) {
    for (ClientSession* session : affected(*space, cut)) cut_session(*space, *session, cut);
  }
  renewal_door_.cut(cut);
}

bool Broker::is_affected(const Principal& principal, const Cut& cut) {
  if (cut.crowd) return is_among(principal, *cut.crowd);
  return principal.credential == cut.credential;
}

std::vector<ClientSession*> Broker::affected(Space& space, const Cut& cut) {
  if (cut.identity) return space.of_identity(*cut.identity);
  std::vector<ClientSession*> found;
  space.for_each([&](ClientSession& session) {
    if (is_affected(session.principal, cut)) found.push_back(&session);
  });
  return found;
}

void Broker::cut_session(Space& space, ClientSession& session, const Cut& cut) {
  Connection* connection =
      session.outlet != nullptr ? context_.find(session.outlet->number()) : nullptr;
  if (cut.other_than) {
    const tls::LeafDigest* leaf = connection != nullptr ? connection->leaf() : nullptr;
    if (leaf == nullptr || *leaf == *cut.other_than) return;
  }
  if (cut.revoked) {
    session.expiry = std::chrono::seconds{0};
    session.will.reset();
  }
  if (connection != nullptr) {
    return connection->close(mqtt::ReasonCode::not_authorised, cut.why);
  }
  if (cut.revoked) end_session(space, session);
}

void Broker::publish(OrganisationId organisation, mqtt::Message message) {
  message.number = next_message();
  const bool kept = message.qos != mqtt::Qos::at_most_once || message.retain;
  auto shared = std::make_shared<const mqtt::Message>(std::move(message));
  if (!kept) {
    route(organisation, shared, {}, 0);
    return;
  }
  Journalled journalled{organisation, shared};
  journalled.durability = in_turn(organisation, *shared, context_.durability);
  journalled.choices = space(organisation).choose(*shared);
  journalled.passing = Passing::due;
  records::Published record{organisation, shared, std::nullopt, 0, true};
  record.choices = journalled.choices;
  write_down(records::encode(std::move(record)), std::move(journalled));
}

void Broker::send(OrganisationId organisation, const Audience& audience,
                  const std::vector<dialects::Outgoing>& messages) {
  for (const dialects::Outgoing& outgoing : messages) {
    mqtt::Message message;
    message.topic = outgoing.topic;
    message.payload = outgoing.payload;
    message.qos = static_cast<mqtt::Qos>(outgoing.qos);
    message.number = next_message();
    route(organisation, std::make_shared<const mqtt::Message>(std::move(message)), audience, 0);
  }
}

void Broker::act_on_device(OrganisationId organisation, DeviceId device,
                           const std::vector<dialects::Action>& actions) {
  for (ClientSession* session : space(organisation).of_identity(device)) {
    for (const dialects::Action& action : actions) {
      if (const auto* r = std::get_if<dialects::Reply>(&action)) reply(*session, r->message);
      Connection* connection =
          session->outlet != nullptr ? context_.find(session->outlet->number()) : nullptr;
      if (std::holds_alternative<dialects::Close>(action) && connection != nullptr) {
        connection->close(mqtt::ReasonCode::administrative_action, "thing_changed");
        break;  // the session may be gone
      }
    }
  }
}

}  // namespace fastness::gateway
