// How sessions and retained messages come back after a start, and leave for the checkpoint.

#include <algorithm>

#include "gateway/broker/broker.h"

namespace fastness::gateway {

// One function for each kind of record. Each may find that the checkpoint already holds its effect.
struct Broker::Replay {
  Broker& broker;

  ClientSession* find(OrganisationId organisation, const SessionKey& key) const {
    return broker.space(organisation).find(key);
  }

  void operator()(records::Opened& r) const {
    (void)broker.revive(r.principal, r.session, r.expiry);
  }

  void operator()(records::Detached& r) const {
    ClientSession* session = find(r.organisation, r.session);
    if (session == nullptr) return;
    session->ends = r.ends;
    broker.schedule(broker.space(r.organisation), *session);
  }

  void operator()(records::Ended& r) const {
    Space& space = broker.space(r.organisation);
    if (ClientSession* session = space.find(r.session)) space.end(*session);
  }

  void operator()(records::Subscribed& r) const {
    ClientSession* session = find(r.organisation, r.session);
    auto target = mqtt::SharedSubscription::parse(r.text);
    if (session == nullptr || !target) return;
    (void)broker.space(r.organisation)
        .subscribe(*session, r.text, {std::move(target).value(), r.options, r.identifier, r.since});
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
    if (r.sender) {
      ClientSession* sender = find(r.organisation, *r.sender);
      if (sender != nullptr) (void)sender->state.begin_incoming(r.packet_id);
    }
    // Numbers go on where they were, whatever the clock says today.
    if (r.message.number > broker.context_.last_message) {
      broker.context_.last_message = r.message.number;
    }
    if (!r.is_routed) return;
    Space& space = broker.space(r.organisation);
    const auto message = std::make_shared<const mqtt::Message>(std::move(r.message));
    if (message->retain) (void)space.retained().set(message);
    space.restore(message);
  }
};

void Broker::replay(records::Record record) {
  std::visit(Replay{*this}, record);
}

// A durable session, there again without a connection.
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
  session->state.set_durability(mqtt::Session::Durability::durable);
  // The crash ended the connection; nobody knows when, so the session's time begins now.
  session->ends = now() + expiry;
  schedule(home, *session);
  return session;
}

void Broker::restore(StoredSession stored) {
  ClientSession* session = revive(stored.principal, stored.key, stored.expiry);
  if (session == nullptr) return;
  Space& home = space(stored.principal.organisation);
  if (stored.ends) {
    session->ends = stored.ends;
    schedule(home, *session);
  }
  for (auto& [text, subscription] : stored.subscriptions) {
    (void)home.subscribe(*session, text, std::move(subscription));
  }
  for (const std::uint16_t id : stored.incoming) (void)session->state.begin_incoming(id);
  for (auto& outgoing : stored.outgoing) {
    const std::uint64_t number = outgoing.delivery.message->number;
    if (number > context_.last_message) context_.last_message = number;
    session->state.restore(std::move(outgoing));
  }
  session->is_changed = false;
}

void Broker::restore(OrganisationId organisation, mqtt::Message retained) {
  stored_message_ = std::max(stored_message_, retained.number);
  if (retained.number > context_.last_message) context_.last_message = retained.number;
  (void)space(organisation)
      .retained()
      .set(std::make_shared<const mqtt::Message>(std::move(retained)));
}

Snapshot Broker::snapshot(Extent extent) {
  Snapshot snapshot;
  const std::uint64_t stored_before = extent == Extent::changes ? stored_message_ : 0;
  for (auto& [organisation, space] : spaces_) {
    space->for_each([&, id = organisation](ClientSession& session) {
      if (!session.is_durable()) return;
      const RowKey row = row_of(id, session.key);
      snapshot.living.push_back(row);
      if (!std::exchange(session.is_changed, false) && extent == Extent::changes) return;
      snapshot.changed.push_back({row, encode(stored(session))});
    });
    space->retained().for_each([&, id = organisation](const mqtt::Message& message) {
      const RowKey row = row_of(id, message.topic);
      snapshot.living.push_back(row);
      stored_message_ = std::max(stored_message_, message.number);
      if (message.number <= stored_before) return;
      Bytes plain;
      ByteWriter out(plain);
      records::write(message, out);
      snapshot.changed.push_back({row, std::move(plain)});
    });
  }
  snapshot.horizon = context_.journal.horizon();
  return snapshot;
}

}  // namespace fastness::gateway
