// The way of a message: permission, dialect, journal, acknowledgement, subscribers.

#include <algorithm>
#include <iterator>

#include "gateway/broker/broker.h"
#include "mqtt/topic_name.h"

namespace fastness::gateway {

using mqtt::Qos;
using mqtt::ReasonCode;

ReasonCode Broker::check(const Principal& principal, std::string_view topic) {
  if (topic.size() > context_.limits.max_topic_bytes || !mqtt::TopicName::is_valid(topic)) {
    return ReasonCode::topic_name_invalid;
  }
  // Ours, whatever a dialect may think.
  if (topic.starts_with('$')) return ReasonCode::not_authorised;
  const bool may = dialects::may_publish(things(), principal.speaker(), topic);
  return may ? ReasonCode::success : ReasonCode::not_authorised;
}

// False if the message is not to be taken in, now answered.
bool Broker::begin_exactly_once(Connection& connection, const mqtt::Publish& packet) {
  const auto ticket = connection.endpoint().last_ticket();
  switch (connection.session->state.begin_incoming(packet.packet_id)) {
    case mqtt::Session::Incoming::fresh:
      return true;
    case mqtt::Session::Incoming::duplicate:
      connection.endpoint().answer(ticket, ReasonCode::success, connection.output());
      return false;
    case mqtt::Session::Incoming::too_many:
      connection.close(ReasonCode::quota_exceeded, "too_many_unreleased_messages");
      return false;
  }
  return false;
}

void Broker::publish(Connection& connection, const mqtt::Publish& packet) {
  if (connection.session == nullptr) return;
  ClientSession& session = *connection.session;
  context_.probe.message_received(packet.qos);
  const ReasonCode verdict = check(session.principal, packet.topic);
  if (verdict != ReasonCode::success) {
    context_.probe.message_refused();
    if (packet.qos != Qos::at_most_once) {
      connection.endpoint().answer(connection.endpoint().last_ticket(), verdict,
                                   connection.output());
    }
    return;
  }
  if (packet.qos == Qos::exactly_once && !begin_exactly_once(connection, packet)) return;

  Inbound inbound{
      session.principal,
      to_message(packet.topic, packet.payload, packet.qos, packet.retain, packet.properties, now()),
      &session,
      connection.number(),
      nullptr,
      {},
      false,
      ReasonCode::success};
  if (packet.qos != Qos::at_most_once) {
    inbound.receipt = std::make_shared<Receipt>(
        Receipt{connection.number(), connection.endpoint().last_ticket(), 0, false,
                packet.qos == Qos::exactly_once ? packet.packet_id : std::uint16_t{0}});
  }
  take_in(std::move(inbound));
}

void Broker::take_in(Inbound inbound) {
  const auto actions = dialects::receive(things(), inbound.principal.speaker(),
                                         inbound.message.topic, inbound.message.payload);
  const dialects::Close* close = nullptr;
  for (const dialects::Action& action : actions) {
    apply(action, inbound);
    if (close == nullptr) close = std::get_if<dialects::Close>(&action);
  }
  const std::uint64_t number = inbound.connection;
  commit(std::move(inbound));
  if (close == nullptr) return;
  Connection* connection = context_.find(number);
  if (connection != nullptr) connection->close(ReasonCode::administrative_action, "dialect");
}

void Broker::apply(const dialects::Action& action, Inbound& inbound) {
  if (const auto* a = std::get_if<dialects::Report>(&action)) {
    ingest(a->thing, a->updates, pipeline::Direction::report, inbound);
  } else if (const auto* w = std::get_if<dialects::Write>(&action)) {
    ingest(w->thing, w->updates, pipeline::Direction::write, inbound);
  } else if (const auto* r = std::get_if<dialects::Reply>(&action)) {
    if (inbound.session != nullptr) reply(*inbound.session, r->message);
  } else if (const auto* n = std::get_if<dialects::NeedLastValues>(&action)) {
    if (inbound.session != nullptr) fetch_last_values(*inbound.session, *n);
  } else if (const auto* note = std::get_if<dialects::Note>(&action)) {
    const DeviceId* device = inbound.principal.device();
    if (device != nullptr) context_.services.note(*device, *note);
  } else if (std::holds_alternative<dialects::Route>(action)) {
    inbound.is_routed = true;
  } else if (const auto* m = std::get_if<dialects::Malformed>(&action)) {
    context_.probe.message_refused();
    context_.log.info("malformed_payload", {{"topic", inbound.message.topic}, {"why", m->why}});
    inbound.reason = ReasonCode::payload_format_invalid;
  }
}

void Broker::ingest(const std::shared_ptr<const things::ThingView>& thing,
                    const std::vector<things::PropertyUpdate>& updates,
                    pipeline::Direction direction, Inbound& inbound) {
  const bool is_device = inbound.principal.device() != nullptr;
  pipeline::Ingested ingested = pipeline::ingest(
      *thing, updates, is_device ? things::Source::device : things::Source::user, direction, now());
  std::move(ingested.accepted.begin(), ingested.accepted.end(),
            std::back_inserter(inbound.readings));
  if (!ingested.refused.empty()) context_.services.refused(std::move(ingested.refused));
}

// Gives what must be durable to the journal. The message is acknowledged, and passed on, when it
// is; a QoS 0 message that nobody retains is passed on at once.
void Broker::commit(Inbound inbound) {
  const OrganisationId organisation = inbound.principal.organisation;
  const ReceiptPtr receipt = inbound.receipt;
  const bool remembers = receipt && receipt->packet_id != 0 && inbound.session != nullptr &&
                         inbound.session->is_durable();
  const bool routed_durably =
      inbound.is_routed && (inbound.message.qos != Qos::at_most_once || inbound.message.retain);
  inbound.message.number = next_message();
  auto message = std::make_shared<const mqtt::Message>(std::move(inbound.message));

  if (!inbound.readings.empty()) {
    if (receipt) ++receipt->open;
    JournalBatch::Then then;
    if (receipt) then = [this, receipt](JournalBatch::Outcome o) { settle(receipt, o); };
    context_.journal.add_readings(std::move(inbound.readings), std::move(then));
  }
  if (routed_durably || remembers) {
    if (receipt) ++receipt->open;
    records::Published record{organisation, *message, std::nullopt, 0, inbound.is_routed};
    if (remembers) {
      record.sender = inbound.session->key;
      record.packet_id = receipt->packet_id;
    }
    context_.journal.add_record(records::encode(record),
                                [this, organisation, message, receipt, routed = inbound.is_routed,
                                 from = inbound.connection](JournalBatch::Outcome outcome) {
                                  if (routed && outcome == JournalBatch::Outcome::durable) {
                                    route(organisation, message, {}, from);
                                  }
                                  if (receipt) settle(receipt, outcome);
                                });
  } else if (inbound.is_routed) {
    route(organisation, message, {}, inbound.connection);
  }
  if (receipt && receipt->open == 0) answer(*receipt, inbound.reason);
}

void Broker::settle(const ReceiptPtr& receipt, JournalBatch::Outcome outcome) {
  if (outcome == JournalBatch::Outcome::failed) receipt->failed = true;
  if (--receipt->open != 0) return;
  if (!receipt->failed) return answer(*receipt, ReasonCode::success);

  // Not on disk: no acknowledgement, ever. The client sends again on its next connection.
  context_.probe.journal_failed();
  Connection* connection = context_.find(receipt->connection);
  if (connection == nullptr) return;
  if (connection->session != nullptr && receipt->packet_id != 0) {
    connection->session->state.end_incoming(receipt->packet_id);
  }
  connection->close(ReasonCode::server_unavailable, "journal_failed");
}

void Broker::answer(const Receipt& receipt, ReasonCode reason) {
  Connection* connection = context_.find(receipt.connection);
  if (connection == nullptr || connection->is_closing()) return;
  connection->endpoint().answer(receipt.ticket, reason, connection->output());
}

void Broker::route(OrganisationId organisation, const mqtt::MessagePtr& message,
                   const Audience& audience, std::uint64_t from) {
  Space& home = space(organisation);
  const Connection* sender = from != 0 ? context_.find(from) : nullptr;
  if (message->retain && home.retained().set(message) == mqtt::RetainedStore::Kept::refused) {
    context_.log.warning("retained_messages_full",
                         {{"organisation", organisation.value().to_text()}});
  }
  const auto outcome = home.route(message, audience, sender != nullptr ? sender->session : nullptr,
                                  now(), [this](ClientSession& session) { wake(session); });
  context_.probe.routed(outcome);
}

void Broker::reply(ClientSession& session, const dialects::Outgoing& outgoing) {
  const auto interest = Space::interest(session, outgoing.topic);
  if (!interest) return;
  mqtt::Message message;
  message.topic = outgoing.topic;
  message.payload = outgoing.payload;
  message.qos = mqtt::weaker(*interest, static_cast<Qos>(outgoing.qos));
  message.number = next_message();
  const Qos qos = message.qos;
  auto shared = std::make_shared<const mqtt::Message>(std::move(message));
  (void)Space::deliver(session, {std::move(shared), qos, false, {}}, now());
  wake(session);
}

void Broker::fetch_last_values(const ClientSession& session, const dialects::NeedLastValues& need) {
  const OrganisationId organisation = session.principal.organisation;
  context_.services.last_values(
      organisation, need.thing->id(),
      [this, gate = context_.gate, organisation, key = session.key,
       need](Services::LastValuesAnswer answer) {
        gate->post([this, organisation, key, need, answer = std::move(answer)] {
          ClientSession* waiting = space(organisation).find(key);
          if (waiting == nullptr) return;
          for (const auto& message : dialects::encode_last_values(
                   *need.thing, need.form, answer.values, answer.local_time)) {
            reply(*waiting, message);
          }
        });
      });
}

}  // namespace fastness::gateway
