// The life of sessions: letting go, wills, expiry, acknowledgements, what must be journalled.

#include <algorithm>

#include "gateway/broker/broker.h"

namespace fastness::gateway {

void Broker::let_go(Connection& connection, WillFate fate, const char* why) {
  if (connection.session == nullptr) return depart(connection);
  ClientSession& session = *std::exchange(connection.session, nullptr);
  Space& home = space(session.principal.organisation);
  session.outlet = nullptr;
  home.disconnected();
  session.state.detach();
  if (session.readings) session.readings->outlive_connection();
  session.is_changed = true;
  tell(connection, session.principal, ConnectionEvent::Kind::disconnected, why);

  if (fate == WillFate::dropped && session.will) settle_will(session);
  if (session.will) {
    // A will is due at the end of its delay or of the session, whichever is first (3.1.3.2.2).
    const auto delay = std::min(session.will->delay, session.expiry);
    if (delay.count() == 0) {
      publish_will(session);
    } else {
      const Timestamp due = now() + delay;
      session.will->due = due;
      agenda_.emplace(due, Due{home.organisation(), session.key()});
      context_.journal.add_record(
          records::encode(records::WillSettled{home.organisation(), session.key(), due}),
          session.durability);
    }
  }
  if (!session.is_durable()) return end_session(home, session);
  session.ends = now() + session.expiry;
  context_.journal.add_record(
      records::encode(records::Detached{home.organisation(), session.key(), *session.ends}),
      session.durability);
  schedule(home, session);
}

void Broker::schedule(const Space& space, const ClientSession& session) {
  if (session.ends) agenda_.emplace(*session.ends, Due{space.organisation(), session.key()});
}

void Broker::on_time() {
  settle_agenda();
  renewal_door_.on_time();
  send_figures();
  tell_events();
  const SteadyTime forgotten = context_.clock.steady() - std::chrono::minutes{1};
  const auto is_old = [&](const auto& cut) { return cut.second < forgotten; };
  std::erase_if(cut_identities_, is_old);
  std::erase_if(cut_credentials_, is_old);
  std::erase_if(cut_crowds_, is_old);
}

void Broker::settle_agenda() {
  const Timestamp at = now();
  while (!agenda_.empty() && agenda_.begin()->first <= at) {
    const Due due = std::move(agenda_.begin()->second);
    agenda_.erase(agenda_.begin());
    Space& home = space(due.organisation);
    ClientSession* session = home.find(due.session);
    if (session == nullptr || session->outlet != nullptr) continue;
    if (session->will && session->will->due && *session->will->due <= at) publish_will(*session);
    if (session->ends && *session->ends <= at) end_session(home, *session);
  }
}

void Broker::end_session(Space& space, ClientSession& session) {
  if (session.is_journalled) {
    context_.journal.add_record(
        records::encode(records::Ended{space.organisation(), session.key()}), session.durability);
  }
  if (session.will && session.will->due) publish_will(session);
  space.end(session);
}

// The will is done with, published or not; the journal hears of it in one append with the message.
void Broker::settle_will(ClientSession& session) {
  session.will.reset();
  session.was_cut_off = false;
  if (!session.is_durable()) return;  // its end says the same
  context_.journal.add_record(records::encode(records::WillSettled{session.principal.organisation,
                                                                   session.key(), std::nullopt}),
                              session.durability);
}

void Broker::publish_will(ClientSession& session) {
  Testament will = std::move(*session.will);
  settle_will(session);
  if (check(session.principal, will.message.topic) != mqtt::ReasonCode::success) return;
  if (will.lifetime) will.message.expires = now() + *will.lifetime;
  Inbound inbound{session.principal,
                  std::make_shared<mqtt::Message>(std::move(will.message)),
                  &session,
                  0,
                  nullptr,
                  {},
                  false,
                  mqtt::ReasonCode::success};
  take_in(std::move(inbound));
}

void Broker::wake(ClientSession& session) {
  if (session.outlet != nullptr) (void)session.outlet->output();
}

void Broker::collect_events(ClientSession& session) {
  const OrganisationId organisation = session.principal.organisation;
  for (const mqtt::SessionEvent& event : session.state.take_events()) {
    Bytes record = records::encode(records::Progressed{organisation, session.key(), event});
    if (!event.must_precede_sending()) {
      // Lost, it costs a repetition that the client knows to tell: no reason for a sync.
      context_.journal.add_record(std::move(record), Durability::none);
      continue;
    }
    context_.journal.add_record(
        std::move(record), session.durability,
        [this, organisation, key = session.key(), event](JournalBatch::Outcome outcome) {
          ClientSession* waiting = space(organisation).find(key);
          if (waiting == nullptr) return;
          const bool attached = waiting->outlet != nullptr;
          if (outcome == JournalBatch::Outcome::failed) {
            // The session reports it again when its client is back.
            return attached ? lose_journal(waiting->outlet->number()) : void();
          }
          Bytes unused;
          waiting->state.confirm(event, attached ? waiting->outlet->output() : unused);
        });
  }
}

// What the client waits for will not come: it has to begin again.
void Broker::lose_journal(std::uint64_t number) {
  context_.probe.journal_failed();
  Connection* connection = context_.find(number);
  if (connection != nullptr) {
    connection->close(mqtt::ReasonCode::server_busy, "journal_failed");
  }
}

void Broker::acknowledge(Connection& connection, const mqtt::Acknowledgement& packet) {
  const bool is_release = packet.type == mqtt::PacketType::pubrel;
  if (connection.session == nullptr) {
    return is_release ? renewal_door_.release(connection) : void();
  }
  if (is_release) return release_incoming(connection, packet);
  ClientSession& session = *connection.session;
  session.is_changed = true;
  (void)session.state.acknowledge(packet, connection.output());
  collect_events(session);
}

void Broker::release_incoming(Connection& connection, const mqtt::Acknowledgement& packet) {
  ClientSession& session = *connection.session;
  const auto ticket = connection.endpoint().last_ticket();
  session.is_changed = true;
  const bool was_there = session.state.end_incoming(packet.packet_id);
  const auto reason =
      was_there ? mqtt::ReasonCode::success : mqtt::ReasonCode::packet_identifier_not_found;
  if (!session.is_durable()) {
    return connection.endpoint().answer(ticket, reason, connection.output());
  }
  // PUBCOMP frees the identifier for another message, so the release must be on disk before it:
  // also one that came again, since the first may have failed.
  context_.journal.add_record(
      records::encode(
          records::Released{session.principal.organisation, session.key(), packet.packet_id}),
      session.durability,
      [this, number = connection.number(), ticket, reason](JournalBatch::Outcome outcome) {
        if (outcome == JournalBatch::Outcome::failed) return lose_journal(number);
        answer(number, ticket, reason);
      });
}

}  // namespace fastness::gateway
