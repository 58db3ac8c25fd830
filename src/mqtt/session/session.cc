#include "mqtt/session/session.h"

#include <algorithm>
#include <limits>

#include "mqtt/wire/encoder.h"

namespace fastness::mqtt {

Session::Pool::Pool(std::size_t most_bytes) : most_bytes_(most_bytes) {}
Session::Pool::~Pool() = default;

Session::Traffic& Session::traffic() {
  if (traffic_) return *traffic_;
  if (limits_.pool != nullptr && !limits_.pool->spares_.empty()) {
    traffic_ = std::move(limits_.pool->spares_.back());
    limits_.pool->spares_.pop_back();
  } else {
    traffic_ = std::make_unique<Traffic>(limits_.pool);
  }
  return *traffic_;
}

void Session::rest() {
  if (!traffic_ || !traffic_->is_over()) return;
  if (limits_.pool != nullptr && limits_.pool->spares_.size() < Pool::kSpares) {
    traffic_->next_taken = Traffic::kUnknown;
    limits_.pool->spares_.push_back(std::move(traffic_));
  }
  traffic_.reset();
}

void Session::attach(const Peer& peer) {
  peer_ = peer;
  aliases_.reset();
  if (!traffic_) return;
  traffic_->unsent = 0;
  traffic_->releasable = 0;
  for (InFlight& entry : traffic_->in_flight) {
    if (entry.state == State::sent) {
      entry.state = State::unsent;
      entry.sent_before = true;
    }
    if (entry.state == State::released) entry.state = State::releasable;
    const std::uint64_t number = entry.delivery.message->number;
    if (durability_ == Durability::volatile_) forget_disk(entry);
    if (entry.state == State::assigning) {
      note(SessionEvent::Kind::assigned, number, entry.packet_id);
    }
    if (entry.state == State::receiving) {
      note(SessionEvent::Kind::received, number, entry.packet_id);
    }
    if (entry.state == State::unsent) ++traffic_->unsent;
    if (entry.state == State::releasable) ++traffic_->releasable;
  }
}

// The session is not kept any more: what waited for the disk waits for nobody.
void Session::forget_disk(InFlight& entry) {
  if (entry.state == State::assigning) entry.state = State::unsent;
  if (entry.state == State::receiving) entry.state = State::releasable;
}

void Session::detach() {
  peer_.reset();
  aliases_.reset();
}

bool Session::has_room(std::size_t bytes) const {
  return queued() < limits_.max_queued &&
         (traffic_ ? traffic_->queued_bytes : 0) + bytes <= limits_.max_queued_bytes;
}

void Session::push(Delivery delivery) {
  Traffic& traffic = this->traffic();
  traffic.grow(delivery.message->bytes());
  traffic.queue.push_back(std::move(delivery));
}

bool Session::enqueue(Delivery delivery) {
  const std::size_t bytes = delivery.message->bytes();
  if (!has_room(bytes) || (limits_.pool != nullptr && !limits_.pool->has_room(bytes))) return false;
  push(std::move(delivery));
  return true;
}

std::optional<std::size_t> Session::write(const Delivery& delivery, std::uint16_t packet_id,
                                          bool duplicate, Timestamp now, Bytes& out) {
  const Message& message = *delivery.message;
  Bytes more;
  OutgoingAliases::Alias alias;
  if (peer_->version == Version::v5) {
    Properties own;
    own.subscription_identifiers = delivery.identifiers;
    if (message.expires) {
      // What is left of its life, in whole seconds (3.3.2.3.3).
      const auto left = std::chrono::ceil<std::chrono::seconds>(*message.expires - now);
      own.message_expiry = static_cast<std::uint32_t>(std::max<std::int64_t>(left.count(), 1));
    }
    alias = alias_of(message.topic);
    if (alias.number != 0) own.topic_alias = alias.number;
    write_property_fields(own, more);
  }
  const std::string_view topic = alias.is_known ? std::string_view() : message.topic;
  const PreparedPublish packet{topic,        message.payload, message.properties, more,
                               delivery.qos, delivery.retain, duplicate,          packet_id};
  const std::size_t size = encoded_size(packet, peer_->version);
  if (size > peer_->maximum_packet_size) return std::nullopt;
  encode(packet, peer_->version, out);
  if (alias.number != 0 && !alias.is_known) aliases_->introduced(message.topic);
  return size;
}

OutgoingAliases::Alias Session::alias_of(std::string_view topic) {
  if (peer_->topic_aliases == 0) return {};
  if (!aliases_) aliases_ = std::make_unique<OutgoingAliases>(peer_->topic_aliases);
  return aliases_->of(topic);
}

void Session::send_at_most_once(const Delivery& delivery, Timestamp now, Bytes& out) {
  if (!peer_ || delivery.message->is_expired(now)) return;
  (void)write(delivery, 0, false, now, out);
}

std::size_t Session::window() const {
  return std::min<std::size_t>(limits_.max_in_flight, peer_ ? peer_->receive_maximum : 0);
}

bool Session::has_sendable() const {
  if (!peer_ || !traffic_) return false;
  return traffic_->releasable != 0 || may_send_again() || may_start_next();
}

bool Session::must_be_assigned(const Delivery& delivery) const {
  return durability_ == Durability::durable && delivery.qos == Qos::exactly_once;
}

// A message whose identifier is on its way to the disk is overtaken by none: they would have to be
// sent again in the order in which they left (4.6).
bool Session::may_start_next() const {
  auto& in_flight = traffic_->in_flight;
  if (traffic_->queue.empty() || in_flight.size() >= window()) return false;
  return in_flight.empty() || in_flight.back().state != State::assigning ||
         must_be_assigned(traffic_->queue.front());
}

std::uint32_t Session::first_taken_from(std::uint16_t packet_id) const {
  std::uint32_t first = std::numeric_limits<std::uint16_t>::max() + 1U;
  for (const InFlight& entry : traffic_->in_flight) {
    if (entry.packet_id >= packet_id) first = std::min<std::uint32_t>(first, entry.packet_id);
  }
  return first;
}

std::uint16_t Session::next_packet_id() {
  std::uint32_t& next_taken = traffic_->next_taken;
  while (true) {
    if (++last_packet_id_ == 0) {
      last_packet_id_ = 1;
      next_taken = Traffic::kUnknown;
    }
    if (next_taken == Traffic::kUnknown) next_taken = first_taken_from(last_packet_id_);
    if (last_packet_id_ != next_taken) return last_packet_id_;
    next_taken = Traffic::kUnknown;
  }
}

Session::InFlight* Session::find(std::uint16_t packet_id) {
  // Acknowledgements come nearly in order, so this looks at one or two entries.
  if (!traffic_) return nullptr;
  for (InFlight& entry : traffic_->in_flight) {
    if (entry.packet_id == packet_id) return &entry;
  }
  return nullptr;
}

// Moves the queue's first message into flight. False if there is none that may go.
bool Session::start_next(Timestamp now) {
  Traffic& traffic = *traffic_;
  while (may_start_next()) {
    Delivery delivery = std::move(traffic.queue.front());
    traffic.queue.pop_front();
    traffic.shrink(delivery.message->bytes());
    if (delivery.message->is_expired(now)) {
      note(SessionEvent::Kind::settled, delivery.message->number, 0);
      continue;
    }
    const std::uint16_t packet_id = next_packet_id();
    const bool hold = must_be_assigned(delivery);
    if (hold) note(SessionEvent::Kind::assigned, delivery.message->number, packet_id);
    if (!hold) ++traffic.unsent;
    traffic.in_flight.push_back(
        {std::move(delivery), packet_id, hold ? State::assigning : State::unsent, false});
    return true;
  }
  return false;
}

void Session::send(InFlight& entry, Timestamp now, Bytes& out) {
  if (entry.state == State::releasable) {
    --traffic_->releasable;
    entry.state = State::released;
    encode(Acknowledgement{PacketType::pubrel, entry.packet_id, ReasonCode::success, {}},
           peer_->version, out);
    return;
  }
  --traffic_->unsent;
  entry.state = State::sent;
  // A message in flight is sent again even if it has expired: its delivery has begun.
  if (write(entry.delivery, entry.packet_id, entry.sent_before, now, out)) return;
  settle(entry.packet_id);  // larger than the client accepts: as if it had been sent (3.1.2.11.4)
}

void Session::send_queued(Timestamp now, std::size_t budget, Bytes& out) {
  if (!peer_ || !traffic_) return;
  auto& in_flight = traffic_->in_flight;
  for (std::size_t i = 0; i < in_flight.size() && out.size() < budget;) {
    if (traffic_->releasable == 0 && !may_send_again()) break;
    const std::size_t before = in_flight.size();
    InFlight& entry = in_flight[i];
    const bool may =
        entry.state == State::releasable || (entry.state == State::unsent && may_send_again());
    if (may) send(entry, now, out);
    if (in_flight.size() == before) ++i;
  }
  while (out.size() < budget && start_next(now)) {
    if (in_flight.back().state == State::unsent) send(in_flight.back(), now, out);
  }
  rest();
}

bool Session::acknowledge(const Acknowledgement& packet, Bytes& out) {
  InFlight* entry = find(packet.packet_id);
  const bool sent = entry != nullptr && entry->state == State::sent;
  const Qos qos = entry != nullptr ? entry->delivery.qos : Qos::at_most_once;
  switch (packet.type) {
    case PacketType::puback:
      if (!sent || qos != Qos::at_least_once) return false;
      settle(packet.packet_id);
      rest();
      return true;
    case PacketType::pubrec: {
      const bool again = entry != nullptr && entry->state == State::released;
      if ((!sent && !again) || qos != Qos::exactly_once) {
        // 4.3.3: an unknown identifier is answered, so that the client can let go of it.
        if (peer_ && !is_failure(packet.reason) && entry == nullptr) {
          encode(Acknowledgement{PacketType::pubrel,
                                 packet.packet_id,
                                 ReasonCode::packet_identifier_not_found,
                                 {}},
                 peer_->version, out);
        }
        return false;
      }
      if (is_failure(packet.reason)) {
        settle(packet.packet_id);
        rest();
        return true;
      }
      entry->state = State::receiving;
      note(SessionEvent::Kind::received, entry->delivery.message->number, packet.packet_id);
      if (durability_ == Durability::volatile_ || again) {
        confirm({SessionEvent::Kind::received, entry->delivery.message->number, packet.packet_id},
                out);
      }
      return true;
    }
    case PacketType::pubcomp:
      if (entry == nullptr || entry->state != State::released) return false;
      settle(packet.packet_id);
      rest();
      return true;
    default:
      return false;
  }
}

void Session::confirm(const SessionEvent& event, Bytes& out) {
  InFlight* entry = find(event.packet_id);
  if (entry == nullptr || entry->delivery.message->number != event.number) return;
  if (event.kind == SessionEvent::Kind::assigned && entry->state == State::assigning) {
    entry->state = State::unsent;
    ++traffic_->unsent;
  }
  if (event.kind != SessionEvent::Kind::received || entry->state != State::receiving) return;
  entry->state = State::releasable;
  ++traffic_->releasable;
  if (peer_) send(*entry, Timestamp{}, out);
}

void Session::settle(std::uint16_t packet_id) {
  auto& in_flight = traffic_->in_flight;
  const auto entry = std::find_if(in_flight.begin(), in_flight.end(),
                                  [&](const InFlight& e) { return e.packet_id == packet_id; });
  if (entry == in_flight.end()) return;
  note(SessionEvent::Kind::settled, entry->delivery.message->number, packet_id);
  in_flight.erase(entry);
}

void Session::note(SessionEvent::Kind kind, std::uint64_t number, std::uint16_t packet_id) {
  if (durability_ == Durability::durable) traffic().events.push_back({kind, number, packet_id});
}

Session::Incoming Session::begin_incoming(std::uint16_t packet_id) {
  std::set<std::uint16_t>& incoming = traffic().incoming;
  if (incoming.contains(packet_id)) return Incoming::duplicate;
  if (incoming.size() >= limits_.max_incoming) return Incoming::too_many;
  incoming.insert(packet_id);
  if (durability_ == Durability::durable) traffic_->unconfirmed.insert(packet_id);
  return Incoming::fresh;
}

void Session::confirm_incoming(std::uint16_t packet_id) {
  if (traffic_) traffic_->unconfirmed.erase(packet_id);
}

bool Session::end_incoming(std::uint16_t packet_id) {
  const bool was_there = traffic_ && traffic_->incoming.erase(packet_id) != 0;
  confirm_incoming(packet_id);
  rest();
  return was_there;
}

std::vector<SessionEvent> Session::take_events() {
  if (!traffic_) return {};
  std::vector<SessionEvent> events = std::exchange(traffic_->events, {});
  rest();
  return events;
}

}  // namespace fastness::mqtt
