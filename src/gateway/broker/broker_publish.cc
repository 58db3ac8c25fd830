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
    case mqtt::Session::Incoming::duplicate: {
      // Answered like its first copy: at once, or when that is durable.
      const auto first = unsettled_.find({connection.session, packet.packet_id});
      if (first != unsettled_.end()) {
        first->second->again.emplace_back(connection.number(), ticket);
      } else {
        connection.endpoint().answer(ticket, ReasonCode::success, connection.output());
      }
      return false;
    }
    case mqtt::Session::Incoming::too_many:
      connection.close(ReasonCode::quota_exceeded, "too_many_unreleased_messages");
      return false;
  }
  return false;
}

// False if no record holds the message, and it was to be kept; now answered. A 3.1.1 client knows
// no refusal but the end of its connection: acknowledged, the message would be lost.
bool Broker::is_small_enough(Connection& connection, const mqtt::Message& message) {
  if (message.qos == Qos::at_most_once || message.bytes() <= context_.limits.max_kept_bytes) {
    return true;
  }
  context_.probe.message_refused();
  on_quota(connection, Quota::packet_bytes);
  if (connection.endpoint().version() != mqtt::Version::v5) {
    connection.close(ReasonCode::packet_too_large, "message_too_large_to_keep");
  } else {
    connection.endpoint().answer(connection.endpoint().last_ticket(), ReasonCode::quota_exceeded,
                                 connection.output());
  }
  return false;
}

void Broker::publish(Connection& connection, const mqtt::Publish& packet) {
  if (connection.session == nullptr) return renewal_door_.publish(connection, packet);
  ClientSession& session = *connection.session;
  context_.probe.message_received(packet.qos);
  space(session.principal.organisation).traffic().received.count_publish(packet.payload.size());
  const ReasonCode verdict = check(connection, packet);
  if (verdict != ReasonCode::success) {
    context_.probe.message_refused();
    if (packet.qos != Qos::at_most_once) {
      connection.endpoint().answer(connection.endpoint().last_ticket(), verdict,
                                   connection.output());
    }
    return;
  }
  const auto message = std::make_shared<mqtt::Message>(
      to_message(packet.topic, packet.payload, packet.qos, packet.retain));
  if (packet.properties.are_set()) let_travel(*packet.properties, now(), *message);
  if (!is_small_enough(connection, *message)) return;
  if (packet.retain && !is_room_to_retain(connection, *message)) return;
  if (packet.qos == Qos::exactly_once && !begin_exactly_once(connection, packet)) return;

  Inbound inbound{session.principal, message, &session, connection.number(),
                  nullptr,           {},      false,    ReasonCode::success};
  if (packet.qos != Qos::at_most_once) {
    inbound.receipt = std::make_shared<Receipt>(
        Receipt{connection.number(),
                connection.endpoint().last_ticket(),
                0,
                false,
                packet.qos == Qos::exactly_once ? packet.packet_id : std::uint16_t{0},
                std::nullopt,
                {}});
  }
  take_in(std::move(inbound));
}

void Broker::take_in(Inbound inbound) {
  if (inbound.message->topic.starts_with(kRenewalPrefix)) {
    pass_renewal(inbound);
    return commit(std::move(inbound));
  }
  const auto actions = dialects::receive(things(), inbound.principal.speaker(),
                                         inbound.message->topic, inbound.message->payload);
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
    reply(*inbound.session, r->message);
  } else if (const auto* n = std::get_if<dialects::NeedLastValues>(&action)) {
    fetch_last_values(*inbound.session, *n);
  } else if (const auto* note = std::get_if<dialects::Note>(&action)) {
    const DeviceId* device = inbound.principal.device();
    if (device != nullptr) context_.services.note(*device, *note);
  } else if (std::holds_alternative<dialects::Route>(action)) {
    inbound.is_routed = true;
  } else if (const auto* m = std::get_if<dialects::Malformed>(&action)) {
    context_.probe.message_refused();
    context_.log.info("malformed_payload", {{"topic", inbound.message->topic}, {"why", m->why}});
    inbound.reason = ReasonCode::payload_format_invalid;
  }
}

void Broker::ingest(const std::shared_ptr<const things::ThingView>& thing,
                    const std::vector<things::PropertyUpdate>& updates,
                    pipeline::Direction direction, Inbound& inbound) {
  const bool is_device = inbound.principal.device() != nullptr;
  pipeline::Ingested ingested =
      pipeline::ingest(*thing, updates, is_device ? things::Source::device : things::Source::user,
                       direction, arrival());
  std::move(ingested.accepted.begin(), ingested.accepted.end(),
            std::back_inserter(inbound.readings));
  if (!ingested.refused.empty()) context_.services.refused(std::move(ingested.refused));
}

// Whether the sender is to remember that it has this message: exactly-once, over a crash too.
bool Broker::is_remembered(const Inbound& inbound) {
  return inbound.receipt && inbound.receipt->packet_id != 0 && inbound.session->is_durable();
}

Bytes Broker::encode_published(const Inbound& inbound, const Choices& choices) {
  records::Published record{inbound.principal.organisation, inbound.message, std::nullopt, 0,
                            inbound.is_routed};
  if (inbound.session->is_durable()) record.sender = inbound.session->key();
  if (is_remembered(inbound)) record.packet_id = inbound.receipt->packet_id;
  if (record.message->retain) record.owner = inbound.principal.identity;
  record.choices = choices;
  return records::encode(std::move(record));
}

// Gives what must be durable to the journal. The message is acknowledged, and passed on, when it
// is. A QoS 0 message is passed on at once, so that none overtakes another; it is retained when the
// journal has it.
void Broker::commit(Inbound inbound) {
  const OrganisationId organisation = inbound.principal.organisation;
  if (mqtt::is_failure(inbound.reason)) forget_incoming(inbound);
  const bool remembers = is_remembered(inbound);
  inbound.message->number = next_message();
  const bool at_once = inbound.is_routed && inbound.message->qos == Qos::at_most_once;
  const bool is_kept = inbound.message->bytes() <= context_.limits.max_kept_bytes;
  const bool routed_durably =
      inbound.is_routed && (!at_once || (inbound.message->retain && is_kept));
  const Durability durability = inbound.session->durability;
  ReceiptPtr receipt = inbound.receipt;

  if (!inbound.readings.empty()) {
    if (receipt) ++receipt->open;
    JournalBatch::Then then;
    if (receipt) then = [this, receipt](JournalBatch::Outcome o) { settle(receipt, o); };
    context_.journal.add_readings(std::move(inbound.readings), durability, std::move(then));
  }
  if (routed_durably || remembers) {
    if (receipt) ++receipt->open;
    if (remembers) {
      receipt->sender = Sender{organisation, inbound.session->key(), inbound.session};
      unsettled_[{inbound.session, receipt->packet_id}] = receipt;
    }
    write_down(inbound, at_once ? Passing::done : Passing::due);
  }
  if (at_once) route(organisation, inbound.message, {}, inbound.connection);
  if (receipt && receipt->open == 0) answer(*receipt, inbound.reason);
}

void Broker::write_down(const Inbound& inbound, Passing passing) {
  Space& home = space(inbound.principal.organisation);
  const mqtt::Message& message = *inbound.message;
  Journalled journalled{home.organisation(), inbound.message};
  journalled.durability = in_turn(home.organisation(), message, inbound.session->durability);
  journalled.from = inbound.connection;
  journalled.receipt = inbound.receipt;
  if (message.retain) journalled.owner = home.owner_of(inbound.principal.identity);
  if (inbound.is_routed) journalled.passing = passing;
  if (journalled.passing == Passing::due) journalled.choices = home.choose(message);
  journalled.is_routed = inbound.is_routed;
  Bytes record = encode_published(inbound, journalled.choices);
  // More groups than a record has room for: after a crash each chooses anew.
  if (record.size() > fixed_limit("journal.record_bytes")) record = encode_published(inbound, {});
  write_down(std::move(record), std::move(journalled));
}

void Broker::write_down(Bytes record, Journalled journalled) {
  const Durability durability = journalled.durability;
  if (journalled.message->retain) {
    retained_under_way_.begin(journalled.organisation, *journalled.message,
                              circumstances(journalled));
  }
  context_.journal.add_record(
      std::move(record), durability,
      [this, journalled = std::move(journalled)](JournalBatch::Outcome outcome) {
        on_journalled(journalled, outcome);
      });
}

void Broker::on_journalled(const Journalled& it, JournalBatch::Outcome outcome) {
  if (it.message->retain) {
    retained_under_way_.end(it.organisation, *it.message, circumstances(it));
  }
  const bool counts = outcome == JournalBatch::Outcome::durable;
  if (counts && it.is_routed) retain(it.organisation, it.message, it.owner);
  if (counts && it.passing == Passing::due) {
    auto routed = route(it.organisation, it.message, {}, it.from, &it.choices);
    for (auto& inheritance : routed.inherited) inherit(it, std::move(inheritance));
  }
  if (it.receipt) settle(it.receipt, outcome);
}

// The member that the journal names has left while the journal wrote. What says who has the message
// instead is on disk before that one gets it, and before the sender is told.
void Broker::inherit(const Journalled& journalled, Space::Inheritance inheritance) {
  ClientSession& heir = *inheritance.heir;
  mqtt::Delivery& delivery = inheritance.delivery;
  Space& home = space(journalled.organisation);
  const ClientSession* gone = home.find(inheritance.gone);
  if (gone != nullptr && gone->is_durable()) {
    const mqtt::SessionEvent over{mqtt::SessionEvent::Kind::settled, delivery.message->number, 0};
    context_.journal.add_record(
        records::encode(records::Progressed{journalled.organisation, inheritance.gone, over}),
        journalled.durability);
  }
  if (delivery.qos == Qos::at_most_once || !heir.is_durable()) {
    (void)home.deliver(heir, std::move(delivery), now());
    return wake(heir);
  }
  mqtt::Message addressed = *delivery.message;
  addressed.qos = delivery.qos;
  const ReceiptPtr& receipt = journalled.receipt;
  if (receipt) ++receipt->open;
  context_.journal.add_record(
      records::encode(
          records::Addressed{journalled.organisation, heir.key(), std::move(addressed)}),
      journalled.durability,
      [this, organisation = journalled.organisation, key = heir.key(), receipt,
       delivery = std::move(delivery)](JournalBatch::Outcome outcome) {
        ClientSession* there = space(organisation).find(key);
        if (there != nullptr && outcome == JournalBatch::Outcome::durable) {
          (void)space(organisation).deliver(*there, delivery, now());
          wake(*there);
        }
        if (receipt) settle(receipt, outcome);
      });
}

// What is refused takes no part in the exchange that PUBREL ends: its packet identifier is free for
// another message (4.3.3).
void Broker::forget_incoming(Inbound& inbound) {
  if (!inbound.receipt || inbound.receipt->packet_id == 0) return;
  inbound.session->state.end_incoming(inbound.receipt->packet_id);
  inbound.receipt->packet_id = 0;
}

void Broker::settle(const ReceiptPtr& receipt, JournalBatch::Outcome outcome) {
  if (outcome == JournalBatch::Outcome::failed) receipt->failed = true;
  if (--receipt->open != 0) return;
  settle_sender(receipt);
  if (!receipt->failed) return answer(*receipt, ReasonCode::success);

  // Not on disk: no acknowledgement, ever. The client sends again on its next connection.
  Connection* connection = context_.find(receipt->connection);
  if (connection != nullptr && connection->session != nullptr && receipt->packet_id != 0) {
    connection->session->state.end_incoming(receipt->packet_id);
  }
  lose_journal(receipt->connection);
  for (const auto& [number, ticket] : receipt->again) lose_journal(number);
}

// A durable session has the message now, or knows nothing of it, whoever serves it.
void Broker::settle_sender(const ReceiptPtr& receipt) {
  if (!receipt->sender) return;
  const auto mine = unsettled_.find({receipt->sender->place, receipt->packet_id});
  if (mine == unsettled_.end() || mine->second != receipt) return;
  unsettled_.erase(mine);
  ClientSession* sender = space(receipt->sender->organisation).find(receipt->sender->key);
  if (sender != receipt->sender->place || sender == nullptr) return;
  sender->is_changed = true;
  if (receipt->failed) {
    sender->state.end_incoming(receipt->packet_id);
  } else {
    sender->state.confirm_incoming(receipt->packet_id);
  }
}

void Broker::answer(const Receipt& receipt, ReasonCode reason) {
  answer(receipt.connection, receipt.ticket, reason);
  for (const auto& [number, ticket] : receipt.again) answer(number, ticket, reason);
}

void Broker::answer(std::uint64_t number, mqtt::ServerEndpoint::Ticket ticket, ReasonCode reason) {
  Connection* connection = context_.find(number);
  if (connection == nullptr || connection->is_closing()) return;
  connection->endpoint().answer(ticket, reason, connection->output());
}

Space::Outcome Broker::route(OrganisationId organisation, const mqtt::MessagePtr& message,
                             const Audience& audience, std::uint64_t from, const Choices* choices) {
  const Connection* sender = from != 0 ? context_.find(from) : nullptr;
  auto outcome =
      space(organisation)
          .route(message, audience, choices, sender != nullptr ? sender->session : nullptr, now(),
                 [this](ClientSession& session) { wake(session); });
  context_.probe.routed(outcome);
  return outcome;
}

void Broker::reply(ClientSession& session, const dialects::Outgoing& outgoing) {
  const auto interest = space(session.principal.organisation).interest(session, outgoing.topic);
  if (!interest) return;
  mqtt::Message message;
  message.topic = outgoing.topic;
  message.payload = outgoing.payload;
  message.qos = mqtt::weaker(*interest, static_cast<Qos>(outgoing.qos));
  message.number = next_message();
  auto shared = std::make_shared<const mqtt::Message>(std::move(message));
  if (shared->qos == Qos::at_most_once || !session.is_durable()) return hand_over(session, shared);
  // It waits in the session's queue, so it must outlive a crash like any other there.
  const OrganisationId organisation = session.principal.organisation;
  context_.journal.add_record(
      records::encode(records::Addressed{organisation, session.key(), *shared}), session.durability,
      [this, organisation, key = session.key(), shared](JournalBatch::Outcome outcome) {
        ClientSession* addressee = space(organisation).find(key);
        if (addressee == nullptr || outcome == JournalBatch::Outcome::failed) return;
        hand_over(*addressee, shared);
      });
}

void Broker::hand_over(ClientSession& session, const mqtt::MessagePtr& message) {
  (void)space(session.principal.organisation)
      .deliver(session, {message, message->qos, false, {}}, now());
  wake(session);
}

void Broker::fetch_last_values(const ClientSession& session, const dialects::NeedLastValues& need) {
  const OrganisationId organisation = session.principal.organisation;
  context_.services.last_values(
      organisation, need.thing->id(),
      [this, gate = context_.gate, organisation, key = session.key(),
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
