// How a session leaves memory and comes back.

#include <algorithm>
#include <iterator>

#include "mqtt/session/session.h"

namespace fastness::mqtt {

std::vector<Session::Stored> Session::outgoing() const {
  std::vector<Stored> all;
  if (!traffic_) return all;
  all.reserve(in_flight() + queued());
  for (const InFlight& entry : traffic_->in_flight) {
    const bool received = entry.state == State::receiving || entry.state == State::releasable ||
                          entry.state == State::released;
    all.push_back({entry.delivery, entry.packet_id, received});
  }
  for (const Delivery& delivery : traffic_->queue) all.push_back({delivery, 0, false});
  return all;
}

std::vector<std::uint16_t> Session::incoming() const {
  if (!traffic_) return {};
  std::vector<std::uint16_t> confirmed;
  std::ranges::set_difference(traffic_->incoming, traffic_->unconfirmed,
                              std::back_inserter(confirmed));
  return confirmed;
}

void Session::restore(Stored stored) {
  Traffic& traffic = this->traffic();
  const std::uint64_t number = stored.delivery.message->number;
  const auto same = [&](const auto& delivery) { return delivery.message->number == number; };
  const bool known = std::any_of(traffic.queue.begin(), traffic.queue.end(), same) ||
                     std::any_of(traffic.in_flight.begin(), traffic.in_flight.end(),
                                 [&](const InFlight& entry) { return same(entry.delivery); });
  if (known) return;
  if (stored.packet_id == 0) {
    // What was in flight is among the queued again until its events come, so a full queue may be
    // longer here than it was. What others had queued is not known any more.
    if (traffic.queue.size() >= limits_.max_queued + limits_.max_in_flight) return;
    return push(std::move(stored.delivery));
  }
  const State state = stored.received ? State::releasable : State::unsent;
  traffic.next_taken = Traffic::kUnknown;
  traffic.in_flight.push_back({std::move(stored.delivery), stored.packet_id, state, true});
}

void Session::restore_event(const SessionEvent& event) {
  if (!traffic_) return;
  auto& queue = traffic_->queue;
  auto& in_flight = traffic_->in_flight;
  const auto queued = std::find_if(queue.begin(), queue.end(), [&](const Delivery& delivery) {
    return delivery.message->number == event.number;
  });
  const auto flying = std::find_if(in_flight.begin(), in_flight.end(), [&](const InFlight& entry) {
    return entry.delivery.message->number == event.number;
  });
  switch (event.kind) {
    case SessionEvent::Kind::assigned:
      if (queued == queue.end()) return;
      traffic_->shrink(queued->message->bytes());
      traffic_->next_taken = Traffic::kUnknown;
      in_flight.push_back({std::move(*queued), event.packet_id, State::unsent, true});
      queue.erase(queued);
      return;
    case SessionEvent::Kind::received:
      if (flying != in_flight.end()) flying->state = State::releasable;
      return;
    case SessionEvent::Kind::settled:
      if (flying != in_flight.end()) in_flight.erase(flying);
      if (queued != queue.end()) {
        traffic_->shrink(queued->message->bytes());
        queue.erase(queued);
      }
      return rest();
  }
}

}  // namespace fastness::mqtt
