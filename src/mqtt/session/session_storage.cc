// How a session leaves memory and comes back.

#include <algorithm>

#include "mqtt/session/session.h"

namespace fastness::mqtt {

std::vector<Session::Stored> Session::outgoing() const {
  std::vector<Stored> all;
  all.reserve(in_flight_.size() + queue_.size());
  for (const InFlight& entry : in_flight_) {
    const bool received = entry.state == State::receiving || entry.state == State::releasable ||
                          entry.state == State::released;
    all.push_back({entry.delivery, entry.packet_id, received});
  }
  for (const Delivery& delivery : queue_) all.push_back({delivery, 0, false});
  return all;
}

void Session::restore(Stored stored) {
  const std::uint64_t number = stored.delivery.message->number;
  const auto same = [&](const auto& delivery) { return delivery.message->number == number; };
  const bool known = std::any_of(queue_.begin(), queue_.end(), same) ||
                     std::any_of(in_flight_.begin(), in_flight_.end(),
                                 [&](const InFlight& entry) { return same(entry.delivery); });
  if (known) return;
  if (stored.packet_id == 0) {
    // A queue that was full when the message came is full now, and drops the same message.
    (void)enqueue(std::move(stored.delivery));
    return;
  }
  const State state = stored.received ? State::releasable : State::unsent;
  in_flight_.push_back({std::move(stored.delivery), stored.packet_id, state, true});
}

void Session::restore_event(const SessionEvent& event) {
  const auto queued = std::find_if(queue_.begin(), queue_.end(), [&](const Delivery& delivery) {
    return delivery.message->number == event.number;
  });
  const auto flying = std::find_if(
      in_flight_.begin(), in_flight_.end(),
      [&](const InFlight& entry) { return entry.delivery.message->number == event.number; });
  switch (event.kind) {
    case SessionEvent::Kind::assigned:
      if (queued == queue_.end()) return;
      queued_bytes_ -= queued->message->bytes();
      in_flight_.push_back({std::move(*queued), event.packet_id, State::unsent, true});
      queue_.erase(queued);
      return;
    case SessionEvent::Kind::received:
      if (flying != in_flight_.end()) flying->state = State::releasable;
      return;
    case SessionEvent::Kind::settled:
      if (flying != in_flight_.end()) in_flight_.erase(flying);
      if (queued == queue_.end()) return;
      queued_bytes_ -= queued->message->bytes();
      queue_.erase(queued);
      return;
  }
}

}  // namespace fastness::mqtt
