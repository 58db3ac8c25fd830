#include "gateway/hosting/space.h"

#include <algorithm>

namespace fastness::gateway {
namespace {

bool belongs(const Audience& audience, const ClientSession& session) {
  if (audience.kind == Audience::Kind::everyone) return true;
  const DeviceId* device = session.principal.device();
  const bool is_the_device = device != nullptr && audience.device && *device == *audience.device;
  return is_the_device == (audience.kind == Audience::Kind::only_device);
}

}  // namespace

ClientSession* Space::find(const SessionKey& key) {
  const auto found = sessions_.find(key);
  return found == sessions_.end() ? nullptr : found->second.get();
}

ClientSession* Space::create(const SessionKey& key, const Principal& principal) {
  if (sessions_.size() >= limits_.max_sessions_per_organisation) return nullptr;
  if (of_identity(key.identity).size() >= limits_.max_sessions_per_identity) return nullptr;
  const auto [place, added] =
      sessions_.emplace(key, std::make_unique<ClientSession>(key, principal, limits_.session));
  return added ? place->second.get() : nullptr;
}

void Space::end(ClientSession& session) {
  for (const auto& [text, subscription] : session.subscriptions) {
    tree_.remove(subscription.target, &session);
  }
  const SessionKey key = session.key;
  sessions_.erase(key);
}

void Space::for_each(const std::function<void(ClientSession&)>& visit) {
  for (auto next = sessions_.begin(); next != sessions_.end();) {
    ClientSession& session = *next->second;
    ++next;  // first: `visit` may end this session
    visit(session);
  }
}

std::vector<ClientSession*> Space::of_identity(const std::variant<DeviceId, UserId>& identity) {
  std::vector<ClientSession*> found;
  for (auto at = sessions_.lower_bound(SessionKey{identity, "", 0});
       at != sessions_.end() && at->first.identity == identity; ++at) {
    found.push_back(at->second.get());
  }
  return found;
}

Space::Subscribed Space::subscribe(ClientSession& session, const std::string& text,
                                   Subscription subscription) {
  const auto existing = session.subscriptions.find(text);
  const bool known = existing != session.subscriptions.end();
  if (!known && session.subscriptions.size() >= limits_.max_subscriptions) {
    return Subscribed::too_many;
  }
  tree_.insert(subscription.target, &session,
               {subscription.options, subscription.identifier, subscription.since});
  session.subscriptions.insert_or_assign(text, std::move(subscription));
  session.is_changed = true;
  return known ? Subscribed::replaced : Subscribed::added;
}

bool Space::unsubscribe(ClientSession& session, std::string_view text) {
  const auto existing = session.subscriptions.find(text);
  if (existing == session.subscriptions.end()) return false;
  tree_.remove(existing->second.target, &session);
  session.subscriptions.erase(existing);
  session.is_changed = true;
  return true;
}

std::optional<mqtt::Qos> Space::interest(const ClientSession& session, std::string_view topic) {
  std::optional<mqtt::Qos> best;
  for (const auto& [text, subscription] : session.subscriptions) {
    if (!subscription.target.filter().matches(topic)) continue;
    best = std::max(best.value_or(mqtt::Qos::at_most_once), subscription.options.maximum_qos);
  }
  return best;
}

void Space::add_copy(const Tree::Entry& entry, const mqtt::MessagePtr& message,
                     const Audience& audience, const ClientSession* from) {
  ClientSession& session = *entry.subscriber;
  const Details& details = entry.details;
  if (details.options.no_local && &session == from) return;
  if (message->number != 0 && message->number < details.since) return;
  if (!belongs(audience, session)) return;

  if (session.route != route_) {
    session.route = route_;
    session.route_index = copies_.size();
    copies_.push_back({&session, {message, mqtt::Qos::at_most_once, false, {}}});
  }
  // Overlapping subscriptions: one copy, the best QoS, every identifier (3.3.4).
  mqtt::Delivery& copy = copies_[session.route_index].delivery;
  copy.qos = std::max(copy.qos, mqtt::weaker(message->qos, details.options.maximum_qos));
  copy.retain = copy.retain || (message->retain && details.options.retain_as_published);
  if (details.identifier != 0) copy.identifiers.push_back(details.identifier);
}

// One member in turn, those with a connection first.
void Space::add_group(Tree::Group& group, const mqtt::MessagePtr& message,
                      const Audience& audience) {
  const std::size_t size = group.members.size();
  const Tree::Entry* chosen = nullptr;
  for (std::size_t i = 0; i < size; ++i) {
    const Tree::Entry& entry = group.members[(group.next + i) % size];
    if (!belongs(audience, *entry.subscriber)) continue;
    if (chosen == nullptr) chosen = &entry;
    if (entry.subscriber->outlet == nullptr) continue;
    chosen = &entry;
    group.next = (group.next + i + 1) % size;
    break;
  }
  if (chosen == nullptr) return;
  mqtt::Delivery delivery{
      message, mqtt::weaker(message->qos, chosen->details.options.maximum_qos), false, {}};
  delivery.retain = message->retain && chosen->details.options.retain_as_published;
  if (chosen->details.identifier != 0) delivery.identifiers = {chosen->details.identifier};
  copies_.push_back({chosen->subscriber, std::move(delivery)});
}

bool Space::deliver(ClientSession& session, mqtt::Delivery delivery, Timestamp now) {
  if (delivery.qos == mqtt::Qos::at_most_once) {
    if (session.outlet == nullptr || session.outlet->is_congested()) return false;
    session.state.send_at_most_once(delivery, now, session.outlet->output());
    return true;
  }
  if (session.outlet == nullptr && !session.is_durable()) return false;
  session.is_changed = true;
  return session.state.enqueue(std::move(delivery));
}

void Space::collect(const mqtt::MessagePtr& message, const Audience& audience,
                    const ClientSession* from) {
  ++route_;
  copies_.clear();
  tree_.match(
      message->topic, [&](const Tree::Entry& entry) { add_copy(entry, message, audience, from); },
      [&](Tree::Group& group) { add_group(group, message, audience); });
}

Space::Outcome Space::route(const mqtt::MessagePtr& message, const Audience& audience,
                            const ClientSession* from, Timestamp now,
                            const std::function<void(ClientSession&)>& wake) {
  collect(message, audience, from);
  Outcome outcome;
  for (Copy& copy : copies_) {
    const bool queued = copy.delivery.qos != mqtt::Qos::at_most_once;
    const bool taken = deliver(*copy.session, std::move(copy.delivery), now);
    ++(taken ? outcome.delivered : outcome.dropped);
    if (taken && queued) wake(*copy.session);
  }
  return outcome;
}

void Space::restore(const mqtt::MessagePtr& message) {
  collect(message, {}, nullptr);
  for (Copy& copy : copies_) {
    if (copy.delivery.qos == mqtt::Qos::at_most_once || !copy.session->is_durable()) continue;
    copy.session->state.restore({std::move(copy.delivery), 0, false});
    copy.session->is_changed = true;
  }
}

}  // namespace fastness::gateway
