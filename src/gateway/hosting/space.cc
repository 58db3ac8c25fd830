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

Space::Space(OrganisationId organisation, const Limits& limits, OnQuota on_quota)
    : organisation_(organisation),
      limits_(limits),
      on_quota_(std::move(on_quota)),
      queues_(limits.organisation.max_queued_bytes),
      session_limits_(limits.session),
      retained_(limits.retained) {
  session_limits_.pool = &queues_;
}

// --- quotas -------------------------------------------------------------------------------------

bool Space::comes_too_fast(const SessionIdentity& identity, SteadyTime now) {
  if (comings_.size() >= sweep_at_) {
    std::erase_if(comings_, [now](const auto& entry) { return entry.second.is_rested(now); });
    sweep_at_ = std::max<std::size_t>(1'024, 2 * comings_.size());
  }
  net::Pace& pace = comings_[identity];
  if (pace.wait(limits_.device_connects, now).count() != 0) return true;
  pace.take(limits_.device_connects, now);
  return false;
}

mqtt::ReasonCode Space::admit(const Principal& principal, const SessionKey& key, SteadyTime now) {
  const ClientSession* session = find(key);
  const bool takes_over = session != nullptr && session->outlet != nullptr;
  return admit(principal.identity, takes_over ? Place::taken_over : Place::another, now);
}

mqtt::ReasonCode Space::admit(const RenewingDevice& device, SteadyTime now) {
  return admit(device.device, Place::another, now);
}

mqtt::ReasonCode Space::admit(const SessionIdentity& identity, Place place, SteadyTime now) {
  const auto& limits = limits_.organisation;
  if (comes_too_fast(identity, now)) {
    on_quota_(organisation_, identity, Quota::device_connects);
    return mqtt::ReasonCode::connection_rate_exceeded;
  }
  if (connects_.wait(limits.connects, now).count() != 0) {
    on_quota_(organisation_, identity, Quota::organisation_connects);
    return mqtt::ReasonCode::connection_rate_exceeded;
  }
  connects_.take(limits.connects, now);
  if (connections_ >= limits.max_connections && place == Place::another) {
    on_quota_(organisation_, identity, Quota::organisation_connections);
    return mqtt::ReasonCode::quota_exceeded;
  }
  return mqtt::ReasonCode::success;
}

SteadyTime::duration Space::pace(const Principal& principal, std::size_t bytes, SteadyTime now) {
  const auto& limits = limits_.organisation;
  const net::Pace::Allowance messages{limits.messages_per_second, limits.messages_per_second};
  const net::Pace::Allowance octets{limits.bytes_per_second, limits.bytes_per_second};
  const auto for_messages = messages_.wait(messages, now);
  const auto for_bytes = bytes_.wait(octets, now);
  if (for_messages.count() != 0) note(principal, Quota::organisation_messages_per_second);
  if (for_bytes.count() != 0) note(principal, Quota::organisation_bytes_per_second);
  const auto longest = std::max(for_messages, for_bytes);
  if (longest.count() != 0) return longest;
  messages_.take(messages, now);
  bytes_.take(octets, now, static_cast<double>(bytes));
  return longest;
}

// --- retained messages --------------------------------------------------------------------------

bool Space::may_retain(const mqtt::Message& message, Owner owner) const {
  return retained_.lack_for(message, owner) == mqtt::RetainedStore::Lack::none;
}

void Space::note_not_retained(const mqtt::Message& message, Owner owner) const {
  using Lack = mqtt::RetainedStore::Lack;
  const auto whose = owners_.identity(owner);
  const Lack lack = retained_.lack_for(message, owner);
  if (!whose || lack == Lack::none) return;
  const Quota quota = lack == Lack::messages_of_owner ? Quota::device_retained_messages
                      : lack == Lack::bytes           ? Quota::retained_bytes
                                                      : Quota::retained_messages;
  on_quota_(organisation_, *whose, quota);
}

bool Space::retain(const mqtt::MessagePtr& message, Owner owner) {
  if (retained_.set(message, owner) != mqtt::RetainedStore::Kept::refused) return true;
  note_not_retained(*message, owner);
  return false;
}

void Space::put_back(StoredRetained stored) {
  retained_.put_back(std::make_shared<const mqtt::Message>(std::move(stored.message)),
                     stored.owner ? owner_of(*stored.owner) : mqtt::RetainedStore::kNobody);
}

void Space::for_each_retained(
    const std::function<void(const mqtt::Message&, const std::optional<SessionIdentity>&)>& visit)
    const {
  retained_.for_each(
      [&](const mqtt::Message& message, Owner owner) { visit(message, owners_.identity(owner)); });
}

void Space::note_full_queue(const ClientSession& session, std::size_t bytes) const {
  if (session.state.queued() >= limits_.session.max_queued) {
    note(session.principal, Quota::queued_messages);
  } else {
    note(session.principal,
         queues_.has_room(bytes) ? Quota::queued_bytes : Quota::organisation_queued_bytes);
  }
}

// --- sessions -----------------------------------------------------------------------------------

ClientSession* Space::find(const SessionKey& key) {
  const auto found = sessions_.find(key.view());
  return found == sessions_.end() ? nullptr : found->get();
}

ClientSession* Space::create(const SessionKey& key, const Principal& principal) {
  if (sessions_.size() >= limits_.organisation.max_sessions) {
    note(principal, Quota::organisation_sessions);
    return nullptr;
  }
  if (of_identity(key.identity).size() >= limits_.max_sessions_per_identity) {
    note(principal, Quota::sessions_of_identity);
    return nullptr;
  }
  const auto [place, added] =
      sessions_.insert(std::make_unique<ClientSession>(key, principal, session_limits_));
  return added ? place->get() : nullptr;
}

void Space::end(ClientSession& session) {
  for (const auto place : session.subscriptions) tree_.remove(place, &session);
  subscriptions_ -= session.subscriptions.size();
  sessions_.erase(sessions_.find(session.key_view()));
}

void Space::for_each(const std::function<void(ClientSession&)>& visit) {
  for (auto next = sessions_.begin(); next != sessions_.end();) {
    ClientSession& session = **next;
    ++next;  // first: `visit` may end this session
    visit(session);
  }
}

std::vector<ClientSession*> Space::of_identity(const std::variant<DeviceId, UserId>& identity) {
  std::vector<ClientSession*> found;
  for (auto at = sessions_.lower_bound(SessionKeyView{identity, "", 0});
       at != sessions_.end() && (*at)->principal.identity == identity; ++at) {
    found.push_back(at->get());
  }
  return found;
}

std::optional<Space::Tree::Place> Space::find(const ClientSession& session,
                                              std::string_view text) const {
  const auto target = mqtt::SharedSubscription::parse(text);
  return target ? tree_.find(*target, session.subscriptions) : std::nullopt;
}

Subscription Space::describe(const ClientSession& session, Tree::Place place) const {
  const auto& details = tree_.details(place, &session);
  return {tree_.text(place), details.options, details.identifier, details.since};
}

Space::Subscribed Space::subscribe(ClientSession& session, const Subscription& subscription) {
  SubscriptionDetails details{subscription.options, subscription.identifier, subscription.since};
  if (const auto known = find(session, subscription.text)) {
    // What was on its way to the old one is the new one's (3.8.4).
    details.since = tree_.details(*known, &session).since;
    tree_.replace(*known, &session, details);
    session.is_changed = true;
    return Subscribed::replaced;
  }
  if (session.subscriptions.size() >= limits_.max_subscriptions) {
    note(session.principal, Quota::subscriptions);
    return Subscribed::too_many;
  }
  if (subscriptions_ >= limits_.organisation.max_subscriptions) {
    note(session.principal, Quota::organisation_subscriptions);
    return Subscribed::too_many;
  }
  ++subscriptions_;
  session.subscriptions.push_back(tree_.insert(subscription.target(), &session, details));
  session.is_changed = true;
  return Subscribed::added;
}

bool Space::unsubscribe(ClientSession& session, std::string_view text) {
  const auto known = find(session, text);
  if (!known) return false;
  session.subscriptions.erase(std::ranges::find(session.subscriptions, *known));
  if (session.readings) session.readings->end(text);
  --subscriptions_;
  tree_.remove(*known, &session);
  session.is_changed = true;
  return true;
}

std::vector<Subscription> Space::subscriptions(const ClientSession& session) const {
  std::vector<Subscription> all;
  for (const auto place : session.subscriptions) all.push_back(describe(session, place));
  return all;
}

std::optional<Subscription> Space::subscription(const ClientSession& session,
                                                std::string_view text) const {
  const auto known = find(session, text);
  return known ? std::optional(describe(session, *known)) : std::nullopt;
}

std::optional<mqtt::Qos> Space::interest(const ClientSession& session,
                                         std::string_view topic) const {
  std::optional<mqtt::Qos> best;
  for (const Subscription& subscription : subscriptions(session)) {
    if (!subscription.target().filter().matches(topic)) continue;
    best = std::max(best.value_or(mqtt::Qos::at_most_once), subscription.options.maximum_qos);
  }
  return best;
}

bool Space::has_copy(const ClientSession& session) const {
  if (session.route_index >= copies_.size()) return false;
  const Copy& copy = copies_[session.route_index];
  return copy.session == &session && !copy.is_groups;
}

void Space::add_copy(const Tree::Entry& entry, const mqtt::MessagePtr& message,
                     const Audience& audience, const ClientSession* from) {
  ClientSession& session = *entry.subscriber;
  const SubscriptionDetails& details = entry.details;
  if (details.options.no_local && &session == from) return;
  if (message->number != 0 && message->number < details.since) return;
  if (!belongs(audience, session)) return;

  if (!has_copy(session)) {
    session.route_index = static_cast<std::uint32_t>(copies_.size());
    copies_.push_back({&session, {message, mqtt::Qos::at_most_once, false, {}}});
  }
  // Overlapping subscriptions: one copy, the best QoS, every identifier (3.3.4).
  mqtt::Delivery& copy = copies_[session.route_index].delivery;
  copy.qos = std::max(copy.qos, mqtt::weaker(message->qos, details.options.maximum_qos));
  copy.retain = copy.retain || (message->retain && details.options.retain_as_published);
  if (details.identifier != 0) copy.identifiers.push_back(details.identifier);
}

// The member whose turn it is, those with a connection first. Null if nobody was a member when the
// message came.
const Space::Tree::Entry* Space::pick(Tree::Group& group, const mqtt::Message& message,
                                      const Audience& audience) {
  const std::size_t size = group.members.size();
  const Tree::Entry* chosen = nullptr;
  for (std::size_t i = 0; i < size; ++i) {
    const Tree::Entry& entry = group.members[(group.turn + i) % size];
    if (!belongs(audience, *entry.subscriber)) continue;
    if (message.number != 0 && message.number < entry.details.since) continue;
    if (chosen == nullptr) chosen = &entry;
    if (entry.subscriber->outlet == nullptr) continue;
    chosen = &entry;
    group.turn = (group.turn + i + 1) % size;
    break;
  }
  return chosen;
}

Choices Space::choose(const mqtt::Message& message) {
  Choices choices;
  tree_.match_groups(message.topic, [&](Tree::Group& group, Tree::Place place) {
    const Tree::Entry* chosen = pick(group, message, {});
    if (chosen == nullptr) return;
    choices.push_back({tree_.text(place), chosen->subscriber->key(),
                       mqtt::weaker(message.qos, chosen->details.options.maximum_qos)});
  });
  return choices;
}

const Choice* Space::choice_for(Tree::Place group, const Choices* choices) const {
  if (choices == nullptr || choices->empty()) return nullptr;
  const auto found = std::ranges::find(*choices, tree_.text(group), &Choice::subscription);
  return found != choices->end() ? &*found : nullptr;
}

void Space::add_group(Tree::Group& group, const Choice* choice, const mqtt::MessagePtr& message,
                      const Audience& audience) {
  const Tree::Entry* chosen = nullptr;
  if (choice != nullptr) {
    const auto member = std::ranges::find_if(group.members, [&](const Tree::Entry& entry) {
      return entry.subscriber->key_view() == choice->member.view();
    });
    if (member != group.members.end()) chosen = &*member;
  }
  const bool is_heir = choice != nullptr && chosen == nullptr;
  if (chosen == nullptr) chosen = pick(group, *message, audience);
  if (chosen == nullptr) return;
  mqtt::Delivery delivery{
      message, mqtt::weaker(message->qos, chosen->details.options.maximum_qos), false, {}};
  delivery.retain = message->retain && chosen->details.options.retain_as_published;
  if (chosen->details.identifier != 0) delivery.identifiers = {chosen->details.identifier};
  copies_.push_back({chosen->subscriber, std::move(delivery), true, is_heir ? choice : nullptr});
}

bool Space::deliver(ClientSession& session, mqtt::Delivery delivery, Timestamp now) {
  if (delivery.qos == mqtt::Qos::at_most_once) {
    if (session.outlet == nullptr) return false;
    if (session.outlet->is_congested()) {
      note(session.principal, Quota::unread_bytes);
      return false;
    }
    session.state.send_at_most_once(delivery, now, session.outlet->output());
    return true;
  }
  if (session.outlet == nullptr && !session.is_durable()) return false;
  session.is_changed = true;
  const std::size_t bytes = delivery.message->bytes();
  if (session.state.enqueue(std::move(delivery))) return true;
  note_full_queue(session, bytes);
  return false;
}

void Space::collect(const mqtt::MessagePtr& message, const Audience& audience,
                    const Choices* choices, const ClientSession* from) {
  copies_.clear();
  tree_.match(
      message->topic, [&](const Tree::Entry& entry) { add_copy(entry, message, audience, from); },
      [&](Tree::Group& group, Tree::Place place) {
        add_group(group, choice_for(place, choices), message, audience);
      });
}

Space::Outcome Space::route(const mqtt::MessagePtr& message, const Audience& audience,
                            const Choices* choices, const ClientSession* from, Timestamp now,
                            const std::function<void(ClientSession&)>& wake) {
  collect(message, audience, choices, from);
  Outcome outcome;
  for (Copy& copy : copies_) {
    if (copy.instead_of != nullptr) {
      outcome.inherited.push_back(
          {copy.session, std::move(copy.delivery), copy.instead_of->member});
      continue;
    }
    const bool queued = copy.delivery.qos != mqtt::Qos::at_most_once;
    const bool taken = deliver(*copy.session, std::move(copy.delivery), now);
    ++(taken ? outcome.delivered : outcome.dropped);
    if (taken && queued) wake(*copy.session);
  }
  traffic_.dropped += outcome.dropped;
  return outcome;
}

bool Space::has_subscriber(std::string_view topic) {
  bool found = false;
  tree_.match(
      topic, [&](const Tree::Entry&) { found = true; },
      [&](Tree::Group&, Tree::Place) { found = true; });
  return found;
}

void Space::restore(const mqtt::MessagePtr& message, const Choices& choices,
                    const ClientSession* from) {
  collect(message, {}, &choices, from);
  for (Copy& copy : copies_) {
    // Its session ended with the process or before it, and may have had the message: whoever asked
    // for it at least once gets it again, and nobody a second time who asked for exactly once
    // (4.8.2).
    const bool was_begun = copy.instead_of != nullptr;
    if (was_begun && copy.instead_of->qos == mqtt::Qos::exactly_once) continue;
    if (copy.delivery.qos == mqtt::Qos::at_most_once || !copy.session->is_durable()) continue;
    copy.session->state.restore({std::move(copy.delivery), 0, false});
    copy.session->is_changed = true;
  }
}

}  // namespace fastness::gateway
