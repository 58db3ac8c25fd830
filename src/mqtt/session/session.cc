#include "mqtt/session/session.h"

#include <algorithm>

#include "mqtt/wire/encoder.h"

namespace fastness::mqtt {

void Session::attach(const Peer& peer) {
  peer_ = peer;
  unsent_ = 0;
  for (InFlight& entry : in_flight_) {
    if (entry.state == State::sent) {
      entry.state = State::unsent;
      entry.sent_before = true;
    }
    if (entry.state == State::released) entry.state = State::releasable;
    if (entry.state == State::unsent || entry.state == State::releasable) ++unsent_;
  }
}

void Session::detach() {
  peer_.reset();
}

bool Session::enqueue(Delivery delivery) {
  const std::size_t bytes = delivery.message->bytes();
  if (queue_.size() >= limits_.max_queued || queued_bytes_ + bytes > limits_.max_queued_bytes) {
    return false;
  }
  queued_bytes_ += bytes;
  queue_.push_back(std::move(delivery));
  return true;
}

std::optional<std::size_t> Session::write(const Delivery& delivery, std::uint16_t packet_id,
                                          bool duplicate, Timestamp now, Bytes& out) const {
  const Message& message = *delivery.message;
  Bytes more;
  if (peer_->version == Version::v5) {
    Properties own;
    own.subscription_identifiers = delivery.identifiers;
    if (message.expires) {
      // What is left of its life, in whole seconds (3.3.2.3.3).
      const auto left = std::chrono::ceil<std::chrono::seconds>(*message.expires - now);
      own.message_expiry = static_cast<std::uint32_t>(std::max<std::int64_t>(left.count(), 1));
    }
    write_property_fields(own, more);
  }
  const PreparedPublish packet{message.topic, message.payload, message.properties, more,
                               delivery.qos,  delivery.retain, duplicate,          packet_id};
  const std::size_t size = encoded_size(packet, peer_->version);
  if (size > peer_->maximum_packet_size) return std::nullopt;
  encode(packet, peer_->version, out);
  return size;
}

void Session::send_at_most_once(const Delivery& delivery, Timestamp now, Bytes& out) {
  if (!peer_ || delivery.message->is_expired(now)) return;
  (void)write(delivery, 0, false, now, out);
}

std::size_t Session::window() const {
  return std::min<std::size_t>(limits_.max_in_flight, peer_ ? peer_->receive_maximum : 0);
}

bool Session::has_sendable() const {
  return peer_ && (unsent_ != 0 || (!queue_.empty() && in_flight_.size() < window()));
}

std::uint16_t Session::next_packet_id() {
  do {
    if (++last_packet_id_ == 0) last_packet_id_ = 1;
  } while (find(last_packet_id_) != nullptr);
  return last_packet_id_;
}

Session::InFlight* Session::find(std::uint16_t packet_id) {
  // Acknowledgements come nearly in order, so this looks at one or two entries.
  for (InFlight& entry : in_flight_) {
    if (entry.packet_id == packet_id) return &entry;
  }
  return nullptr;
}

// Moves the queue's first message into flight. False if there is none.
bool Session::start_next(Timestamp now) {
  while (!queue_.empty()) {
    Delivery delivery = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= delivery.message->bytes();
    if (delivery.message->is_expired(now)) {
      note(SessionEvent::Kind::settled, delivery.message->number, 0);
      continue;
    }
    const std::uint16_t packet_id = next_packet_id();
    const bool hold = durability_ == Durability::durable && delivery.qos == Qos::exactly_once;
    if (hold) note(SessionEvent::Kind::assigned, delivery.message->number, packet_id);
    if (!hold) ++unsent_;
    in_flight_.push_back(
        {std::move(delivery), packet_id, hold ? State::assigning : State::unsent, false});
    return true;
  }
  return false;
}

void Session::send(InFlight& entry, Timestamp now, Bytes& out) {
  --unsent_;
  if (entry.state == State::releasable) {
    entry.state = State::released;
    encode(Acknowledgement{PacketType::pubrel, entry.packet_id, ReasonCode::success, {}},
           peer_->version, out);
    return;
  }
  entry.state = State::sent;
  // A message in flight is sent again even if it has expired: its delivery has begun.
  if (write(entry.delivery, entry.packet_id, entry.sent_before, now, out)) return;
  settle(entry.packet_id);  // larger than the client accepts: as if it had been sent (3.1.2.11.4)
}

void Session::send_queued(Timestamp now, std::size_t budget, Bytes& out) {
  if (!peer_) return;
  if (unsent_ != 0) {
    for (std::size_t i = 0; i < in_flight_.size() && unsent_ != 0 && out.size() < budget;) {
      const std::size_t before = in_flight_.size();
      InFlight& entry = in_flight_[i];
      if (entry.state == State::unsent || entry.state == State::releasable) send(entry, now, out);
      if (in_flight_.size() == before) ++i;
    }
  }
  while (out.size() < budget && in_flight_.size() < window() && start_next(now)) {
    if (in_flight_.back().state == State::unsent) send(in_flight_.back(), now, out);
  }
}

bool Session::acknowledge(const Acknowledgement& packet, Bytes& out) {
  InFlight* entry = find(packet.packet_id);
  const bool sent = entry != nullptr && entry->state == State::sent;
  const Qos qos = entry != nullptr ? entry->delivery.qos : Qos::at_most_once;
  switch (packet.type) {
    case PacketType::puback:
      if (!sent || qos != Qos::at_least_once) return false;
      settle(packet.packet_id);
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
        return true;
      }
      entry->state = State::receiving;
      note(SessionEvent::Kind::received, entry->delivery.message->number, packet.packet_id);
      if (durability_ == Durability::volatile_ || again) confirm(packet.packet_id, out);
      return true;
    }
    case PacketType::pubcomp:
      if (entry == nullptr || entry->state != State::released) return false;
      settle(packet.packet_id);
      return true;
    default:
      return false;
  }
}

void Session::confirm(std::uint16_t packet_id, Bytes& out) {
  InFlight* entry = find(packet_id);
  if (entry == nullptr) return;
  if (entry->state == State::assigning) {
    entry->state = State::unsent;
    ++unsent_;
  }
  if (entry->state != State::receiving) return;
  entry->state = State::releasable;
  ++unsent_;
  if (peer_) send(*entry, Timestamp{}, out);
}

void Session::settle(std::uint16_t packet_id) {
  const auto entry = std::find_if(in_flight_.begin(), in_flight_.end(),
                                  [&](const InFlight& e) { return e.packet_id == packet_id; });
  if (entry == in_flight_.end()) return;
  note(SessionEvent::Kind::settled, entry->delivery.message->number, packet_id);
  in_flight_.erase(entry);
}

void Session::note(SessionEvent::Kind kind, std::uint64_t number, std::uint16_t packet_id) {
  if (durability_ == Durability::durable) events_.push_back({kind, number, packet_id});
}

Session::Incoming Session::begin_incoming(std::uint16_t packet_id) {
  if (incoming_.contains(packet_id)) return Incoming::duplicate;
  if (incoming_.size() >= limits_.max_incoming) return Incoming::too_many;
  incoming_.insert(packet_id);
  return Incoming::fresh;
}

bool Session::end_incoming(std::uint16_t packet_id) {
  return incoming_.erase(packet_id) != 0;
}

std::vector<SessionEvent> Session::take_events() {
  return std::exchange(events_, {});
}

}  // namespace fastness::mqtt
