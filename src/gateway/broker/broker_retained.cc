// Retained messages: whether one is kept, and how they are sent to who subscribes.

#include <utility>

#include "gateway/broker/broker.h"

namespace fastness::gateway {

using mqtt::Qos;
using mqtt::ReasonCode;

// How many messages may wait in a session's queue and still be joined by retained ones. The rest of
// its room is for what is published.
constexpr std::size_t kAhead = 64;

// --- keeping ------------------------------------------------------------------------------------

// False if the message is refused, now answered: its sender can be told that it will not be kept.
// Who cannot be told is better served by a message that is passed on, and not kept.
bool Broker::is_room_to_retain(Connection& connection, const mqtt::Message& message) {
  const Principal& principal = connection.session->principal;
  Space& home = space(principal.organisation);
  const Space::Owner owner = home.owner_of(principal.identity);
  if (home.may_retain(message, owner)) return true;
  if (message.qos == Qos::at_most_once || connection.endpoint().version() != mqtt::Version::v5) {
    return true;
  }
  home.note_not_retained(message, owner);
  context_.probe.message_refused();
  connection.endpoint().answer(connection.endpoint().last_ticket(), ReasonCode::quota_exceeded,
                               connection.output());
  return false;
}

// Who asks for nothing but memory overtakes who waits for the disk. If both set the same topic, it
// would have the older message while we run, and the newer one after the journal was replayed.
Durability Broker::in_turn(OrganisationId organisation, const mqtt::Message& message,
                           Durability durability) const {
  const bool may_overtake = durability == Durability::none && message.retain;
  if (!may_overtake || !retained_under_way_.waits(organisation, message.topic)) return durability;
  return Durability::os;
}

RetainedUnderWay::Circumstances Broker::circumstances(const Journalled& journalled) {
  return {journalled.durability != Durability::none,
          journalled.is_routed && journalled.passing == Passing::done};
}

void Broker::retain(OrganisationId organisation, const mqtt::MessagePtr& message,
                    Space::Owner owner) {
  if (!message->retain || space(organisation).retain(message, owner)) return;
  context_.log.warning("retained_messages_full",
                       {{"organisation", organisation.value().to_text()}});
}

// --- sending ------------------------------------------------------------------------------------

bool Broker::wants_retained(const Subscription& subscription, bool is_new) {
  using mqtt::RetainHandling;
  const RetainHandling handling = subscription.options.retain_handling;
  if (subscription.target().is_shared()) return false;
  return handling == RetainHandling::send || (handling == RetainHandling::send_if_new && is_new);
}

mqtt::Delivery Broker::retained_delivery(const mqtt::MessagePtr& message,
                                         const Subscription& subscription) {
  mqtt::Delivery delivery{
      message, mqtt::weaker(message->qos, subscription.options.maximum_qos), true, {}};
  if (subscription.identifier != 0) delivery.identifiers = {subscription.identifier};
  return delivery;
}

// What is numbered above `until` was or will be passed on to the subscription.
void Broker::begin_reading(ClientSession& session, const Subscription& subscription,
                           std::uint64_t until) {
  if (!session.readings) session.readings = std::make_unique<RetainedReadings>();
  session.readings->begin(RetainedReading(subscription.text, 0, until));
  session.is_changed = true;
}

// Whether `fill` would put more into the output at once.
bool Broker::has_more(const ClientSession& session) {
  if (session.state.has_sendable()) return true;
  return session.readings && session.state.is_attached() && !session.readings->is_held_up &&
         session.state.queued() < kAhead;
}

// Puts retained messages into the output, or the session's queue, until the output holds `budget`
// bytes or the client has to acknowledge some first.
void Broker::read_retained(ClientSession& session, std::size_t budget, Bytes& out) {
  if (!session.readings || !session.state.is_attached()) return;
  RetainedReadings& readings = *session.readings;
  readings.is_held_up = false;
  while (!readings.is_empty() && out.size() < budget && !readings.is_held_up &&
         session.state.queued() < kAhead) {
    RetainedReading& reading = readings.front();
    const std::size_t queued = session.state.queued();
    const bool is_over = read(session, reading, budget, out);
    if (session.state.queued() != queued) note_read(session, reading);
    if (is_over) readings.pop_front();
  }
  if (readings.is_empty()) session.readings.reset();
}

// Whether the reading came to its end.
bool Broker::read(ClientSession& session, RetainedReading& reading, std::size_t budget,
                  Bytes& out) {
  Space& home = space(session.principal.organisation);
  const auto subscription = home.subscription(session, reading.subscription());
  if (!subscription) return true;
  while (out.size() < budget && session.state.queued() < kAhead) {
    const mqtt::MessagePtr message = reading.next(home.retained(), now());
    if (!message) return true;
    // Nothing older may follow what was passed on already and is not in the store yet.
    const std::uint64_t newer = retained_under_way_.passed_on(home.organisation(), message->topic);
    const bool is_outdated = newer != 0 && newer >= subscription->since;
    if (!is_outdated &&
        !pass_on(session, reading, retained_delivery(message, *subscription), out)) {
      return false;
    }
    reading.pop();
  }
  return false;
}

// False if it must wait until the client has acknowledged others.
bool Broker::pass_on(ClientSession& session, const RetainedReading& reading,
                     mqtt::Delivery delivery, Bytes& out) {
  if (delivery.qos == Qos::at_most_once) {
    if (!reading.has_outlived_connection()) session.state.send_at_most_once(delivery, now(), out);
    return true;
  }
  const bool is_idle = session.state.queued() + session.state.in_flight() == 0;
  Space& home = space(session.principal.organisation);
  // If nothing is to be acknowledged, nobody would try again: then it is dropped, and counted.
  if (is_idle || home.has_room(session, delivery)) {
    (void)home.deliver(session, std::move(delivery), now());
    return true;
  }
  session.readings->is_held_up = true;
  return false;
}

// So that a restart knows which messages were in the queue, and goes on behind them.
void Broker::note_read(ClientSession& session, const RetainedReading& reading) {
  session.is_changed = true;
  if (!session.is_durable()) return;
  context_.journal.add_record(
      records::encode(records::RetainedSent{session.principal.organisation, session.key(),
                                            reading.subscription(), reading.after()}),
      Durability::none);
}

// Puts what was in the queue back there, expired or not: its client may have begun to take it.
void Broker::restore_read(ClientSession& session, std::string_view text, std::uint64_t after) {
  Space& home = space(session.principal.organisation);
  const auto subscription = home.subscription(session, text);
  RetainedReading* reading = session.readings ? session.readings->find(text) : nullptr;
  if (!subscription || reading == nullptr) return;
  while (const auto message = reading->next(home.retained(), Timestamp{})) {
    if (message->number > after) return;
    mqtt::Delivery delivery = retained_delivery(message, *subscription);
    if (delivery.qos != Qos::at_most_once) session.state.restore({std::move(delivery), 0, false});
    reading->pop();
  }
}

}  // namespace fastness::gateway
