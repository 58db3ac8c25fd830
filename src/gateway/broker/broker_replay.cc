// Records of the journal, applied to sessions that are in memory again.

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
    Space& space = broker.space(r.principal.organisation);
    ClientSession* session = space.find(r.session);
    if (session == nullptr) session = space.create(r.session, r.principal);
    if (session == nullptr) return;
    session->principal = r.principal;
    session->expiry = r.expiry;
    session->is_journalled = true;
    session->is_changed = true;
    session->state.set_durability(mqtt::Session::Durability::durable);
    // The crash ended the connection; nobody knows when, so the session's time begins now.
    session->ends = broker.now() + r.expiry;
    broker.schedule(space, *session);
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

}  // namespace fastness::gateway
