// How sessions and retained messages come back after a start, and leave for the checkpoint.

#include <algorithm>

#include "gateway/broker/broker.h"

namespace fastness::gateway {
namespace {

void restore_incoming(ClientSession& session, std::uint16_t packet_id) {
  (void)session.state.begin_incoming(packet_id);
  session.state.confirm_incoming(packet_id);
}

}  // namespace

// One function for each kind of record. Each may find that the checkpoint already holds its effect.
struct Broker::Replay {
  Broker& broker;

  ClientSession* find(OrganisationId organisation, const SessionKey& key) const {
    return broker.space(organisation).find(key);
  }

  void operator()(records::Opened& r) const {
    ClientSession* session = broker.revive(r.principal, r.session, r.expiry);
    if (session == nullptr) return;
    session->will.reset();
    session->was_cut_off = false;
  }

  void operator()(records::Detached& r) const {
    ClientSession* session = find(r.organisation, r.session);
    if (session == nullptr) return;
    session->ends = r.ends;
    session->was_cut_off = false;
    broker.schedule(broker.space(r.organisation), *session);
  }

  void operator()(records::Ended& r) const {
    Space& space = broker.space(r.organisation);
    if (ClientSession* session = space.find(r.session)) space.end(*session);
  }

  void operator()(records::Subscribed& r) const {
    ClientSession* session = find(r.organisation, r.session);
    const auto target = mqtt::SharedSubscription::parse(r.text);
    if (session == nullptr || !target) return;
    Space& space = broker.space(r.organisation);
    const auto before = space.subscription(*session, r.text);
    const bool is_new =
        !before || before->since == r.since;  // or the checkpoint holds this very one
    const Subscription subscription{r.text, r.options, r.identifier, r.since};
    (void)space.subscribe(*session, subscription);
    const bool may_wait = r.options.maximum_qos != mqtt::Qos::at_most_once && session->is_durable();
    if (!may_wait || !wants_retained(subscription, is_new)) return;
    begin_reading(*session, subscription, r.since - 1);
    session->readings->outlive_connection();
  }

  void operator()(records::RetainedSent& r) const {
    ClientSession* session = find(r.organisation, r.session);
    if (session != nullptr) broker.restore_read(*session, r.text, r.after);
  }

  void operator()(records::Willed& r) const {
    Space& space = broker.space(r.principal.organisation);
    ClientSession* session = space.find(r.session);
    if (session == nullptr) {
      session = broker.revive(r.principal, r.session, std::chrono::seconds{0});
    }
    if (session == nullptr) return;
    session->will = std::make_unique<Testament>(std::move(r.will));
    broker.cut_off(space, *session);
  }

  void operator()(records::WillSettled& r) const {
    ClientSession* session = find(r.organisation, r.session);
    if (session == nullptr) return;
    session->was_cut_off = false;
    session->is_changed = true;
    if (!r.due) session->will.reset();
    if (session->will == nullptr) return;
    session->will->due = r.due;
    broker.agenda_.emplace(*r.due, Due{r.organisation, r.session});
  }

  void operator()(records::Addressed& r) const {
    ClientSession* session = find(r.organisation, r.session);
    note_number(r.message);
    if (session == nullptr) return;
    const mqtt::Qos qos = r.message.qos;
    auto message = std::make_shared<const mqtt::Message>(std::move(r.message));
    session->state.restore({{std::move(message), qos, false, {}}, 0, false});
    session->is_changed = true;
  }

  // Numbers go on where they were, whatever the clock says today.
  void note_number(const mqtt::Message& message) const {
    if (message.number > broker.context_.last_message) {
      broker.context_.last_message = message.number;
    }
  }

  void operator()(records::Unsubscribed& r) const {
    ClientSession* session = find(r.organisation, r.session);
    if (session != nullptr) broker.space(r.organisation).unsubscribe(*session, r.text);
  }

  void operator()(records::Released& r) const {
    ClientSession* session = find(r.organisation, r.session);
    if (session == nullptr) return;
    (void)session->state.end_incoming(r.packet_id);
    session->is_changed = true;
  }

  void operator()(records::Progressed& r) const {
    ClientSession* session = find(r.organisation, r.session);
    if (session == nullptr) return;
    session->state.restore_event(r.event);
    session->is_changed = true;
  }

  void operator()(records::Published& r) const {
    ClientSession* sender = r.sender ? find(r.organisation, *r.sender) : nullptr;
    if (sender != nullptr && r.packet_id != 0) restore_incoming(*sender, r.packet_id);
    note_number(*r.message);
    if (!r.is_routed) return;
    Space& space = broker.space(r.organisation);
    if (r.message->retain) {
      (void)space.retain(r.message,
                         r.owner ? space.owner_of(*r.owner) : mqtt::RetainedStore::kNobody);
    }
    space.restore(r.message, r.choices, sender);
  }
};

void Broker::replay(records::Record record) {
  std::visit(Replay{*this}, record);
}

// A session, there again without a connection; without expiry for the sake of its will alone.
ClientSession* Broker::revive(const Principal& principal, const SessionKey& key,
                              std::chrono::seconds expiry) {
  Space& home = space(principal.organisation);
  ClientSession* session = home.find(key);
  if (session == nullptr) session = home.create(key, principal);
  if (session == nullptr) return nullptr;
  session->principal = principal;
  session->expiry = expiry;
  session->is_journalled = true;
  session->is_changed = true;
  session->state.set_durability(session->is_durable() ? mqtt::Session::Durability::durable
                                                      : mqtt::Session::Durability::volatile_);
  // The crash ended the connection; nobody knows when, so the session's time begins now.
  session->ends = now() + expiry;
  schedule(home, *session);
  return session;
}

// Its connection ended with the process, which says nothing about the client: it counts as
// connected for as long as it may be silent, and as gone if it is not back by then.
void Broker::cut_off(Space& space, ClientSession& session) {
  Testament& will = *session.will;
  session.was_cut_off = true;
  session.is_changed = true;
  will.due = now() + will.patience + std::min(will.delay, session.expiry);
  agenda_.emplace(*will.due, Due{space.organisation(), session.key()});
  if (session.is_durable()) return;
  session.ends = will.due;
  schedule(space, session);
}

void Broker::expel(const std::function<bool(const Principal&)>& is_admitted) {
  for (auto& [organisation, space] : spaces_) {
    space->for_each([&, &home = *space](ClientSession& session) {
      if (is_admitted(session.principal)) return;
      session.will.reset();
      end_session(home, session);
    });
  }
}

void Broker::restore(StoredSession stored) {
  ClientSession* session = revive(stored.principal, stored.key, stored.expiry);
  if (session == nullptr) return;
  Space& home = space(stored.principal.organisation);
  if (stored.ends) {
    session->ends = stored.ends;
    schedule(home, *session);
  }
  for (const Subscription& subscription : stored.subscriptions) {
    (void)home.subscribe(*session, subscription);
  }
  for (const std::uint16_t id : stored.incoming) restore_incoming(*session, id);
  for (auto& outgoing : stored.outgoing) {
    const std::uint64_t number = outgoing.delivery.message->number;
    if (number > context_.last_message) context_.last_message = number;
    session->state.restore(std::move(outgoing));
  }
  for (RetainedReading& reading : stored.readings) {
    if (!session->readings) session->readings = std::make_unique<RetainedReadings>();
    session->readings->begin(std::move(reading));
  }
  if (session->readings) session->readings->outlive_connection();
  if (stored.will) restore_will(home, *session, std::move(stored));
  session->is_changed = false;
}

void Broker::restore_will(Space& home, ClientSession& session, StoredSession stored) {
  session.will = std::make_unique<Testament>(std::move(*stored.will));
  if (!stored.will_due) return cut_off(home, session);
  session.will->due = stored.will_due;
  agenda_.emplace(*stored.will_due, Due{home.organisation(), session.key()});
}

void Broker::restore(OrganisationId organisation, StoredRetained retained) {
  const std::uint64_t number = retained.message.number;
  stored_message_ = std::max(stored_message_, number);
  if (number > context_.last_message) context_.last_message = number;
  space(organisation).put_back(std::move(retained));
}

Snapshot Broker::snapshot(Extent extent) {
  Snapshot snapshot;
  const std::uint64_t stored_before = extent == Extent::changes ? stored_message_ : 0;
  for (auto& [organisation, space] : spaces_) {
    space->for_each([&, id = organisation, &home = *space](ClientSession& session) {
      if (!session.is_durable() && !session.will) return;
      const RowKey row = row_of(id, session.key());
      snapshot.living.push_back(row);
      if (!std::exchange(session.is_changed, false) && extent == Extent::changes) return;
      snapshot.changed.push_back({row, encode(stored(home, session))});
    });
    space->for_each_retained([&, id = organisation](const mqtt::Message& message,
                                                    const std::optional<SessionIdentity>& owner) {
      const RowKey row = row_of(id, message.topic);
      snapshot.living.push_back(row);
      stored_message_ = std::max(stored_message_, message.number);
      if (message.number <= stored_before) return;
      snapshot.changed.push_back({row, encode(message, owner)});
    });
  }
  // A message that did not wait for the journal may have overtaken one that still does.
  if (const auto first = retained_under_way_.first()) {
    stored_message_ = std::min(stored_message_, *first - 1);
  }
  snapshot.horizon = context_.journal.horizon();
  return snapshot;
}

}  // namespace fastness::gateway
