// SUBSCRIBE and UNSUBSCRIBE.

#include <algorithm>
#include <utility>

#include "gateway/broker/broker.h"
#include "gateway/broker/system_topics.h"

namespace fastness::gateway {

using mqtt::ReasonCode;

// Figures of an organisation are for its people, whatever else they may do; a device needs none.
bool Broker::may_subscribe(const Principal& principal, const mqtt::TopicFilter& filter) {
  if (filter.text().starts_with(kSystemPrefix)) return principal.device() == nullptr;
  if (filter.text().starts_with(kRenewalPrefix)) return may_hear(principal, filter.text());
  return !filter.text().starts_with('$') &&
         dialects::may_subscribe(things(), principal.speaker(), filter);
}

Broker::Grant Broker::grant(Space& space, ClientSession& session,
                            const mqtt::Subscribe::Entry& entry, std::uint32_t identifier) {
  const auto denied = [&](ReasonCode reason) {
    context_.probe.subscription_refused();
    return Grant{reason, {}, false, 0, {}};
  };
  auto target = mqtt::SharedSubscription::parse(entry.filter);
  if (!target || entry.filter.size() > context_.limits.max_topic_bytes) {
    return denied(ReasonCode::topic_filter_invalid);
  }
  if (!may_subscribe(session.principal, target->filter())) {
    return denied(ReasonCode::not_authorised);
  }
  has_watchers_ = has_watchers_ || target->filter().text().starts_with(kSystemPrefix);
  const std::string text(entry.filter);
  const std::uint64_t since = context_.last_message.load() + 1;
  const Subscription subscription{text, entry.options, identifier, since};
  const Space::Subscribed subscribed = space.subscribe(session, subscription);
  if (subscribed == Space::Subscribed::too_many) return denied(ReasonCode::quota_exceeded);
  const bool wants = wants_retained(subscription, subscribed == Space::Subscribed::added);
  // What it was still to be sent begins anew once the journal has this; until then it would go on
  // with the new options, and be sent twice.
  if (wants && session.readings) session.readings->end(text);
  Bytes record;
  if (session.is_durable()) {
    record = records::encode(records::Subscribed{space.organisation(), session.key(), text,
                                                 entry.options, identifier, since});
  }
  return {mqtt::granted(entry.options.maximum_qos), text, wants, since, std::move(record)};
}

void Broker::subscribe(Connection& connection, const mqtt::Subscribe& packet) {
  if (connection.session == nullptr) return renewal_door_.subscribe(connection, packet);
  ClientSession& session = *connection.session;
  Space& home = space(session.principal.organisation);
  const auto& identifiers = packet.properties.subscription_identifiers;
  const std::uint32_t identifier = identifiers.empty() ? 0 : identifiers.front();
  std::vector<Grant> grants;
  for (const auto& entry : packet.entries) {
    grants.push_back(grant(home, session, entry, identifier));
  }
  journal_grants(connection.number(), packet.packet_id, session.durability, std::move(grants));
}

// SUBACK promises that a subscription of a durable session outlives a crash.
void Broker::journal_grants(std::uint64_t number, std::uint16_t packet_id, Durability durability,
                            std::vector<Grant> grants) {
  std::vector<Bytes> kept;
  for (Grant& grant : grants) {
    if (!grant.record.empty()) kept.push_back(std::move(grant.record));
  }
  if (kept.empty()) return finish_subscribe(number, packet_id, grants);
  const auto finish = [this, number, packet_id,
                       grants = std::move(grants)](JournalBatch::Outcome outcome) {
    if (outcome == JournalBatch::Outcome::durable) {
      return finish_subscribe(number, packet_id, grants);
    }
    lose_journal(number);
  };
  for (std::size_t i = 0; i + 1 < kept.size(); ++i) {
    context_.journal.add_record(std::move(kept[i]), durability);
  }
  context_.journal.add_record(std::move(kept.back()), durability, finish);
}

void Broker::finish_subscribe(std::uint64_t number, std::uint16_t packet_id,
                              const std::vector<Grant>& grants) {
  Connection* connection = context_.find(number);
  if (connection == nullptr || connection->session == nullptr) return;
  ClientSession& session = *connection->session;
  Space& home = space(session.principal.organisation);
  mqtt::Suback suback;
  suback.packet_id = packet_id;
  for (const Grant& grant : grants) suback.reasons.push_back(grant.reason);
  connection->endpoint().answer(std::move(suback), connection->output());

  for (const Grant& grant : grants) {
    const auto subscription = home.subscription(session, grant.text);
    if (!subscription) continue;
    const mqtt::SharedSubscription target = subscription->target();
    if (grant.wants_retained) {
      begin_reading(session, *subscription, grant.since - 1);
      send_own(home, session, *subscription);
    }
    for (const auto& action :
         dialects::subscribed(things(), session.principal.speaker(), target.filter())) {
      if (const auto* r = std::get_if<dialects::Reply>(&action)) reply(session, r->message);
      if (const auto* n = std::get_if<dialects::NeedLastValues>(&action)) {
        fetch_last_values(session, *n);
      }
    }
  }
  const bool may_listen = std::ranges::any_of(
      grants, [](const Grant& grant) { return grant.text.starts_with(kRenewalPrefix); });
  if (may_listen) note_listening(*connection);
}

// What we have to say ourselves is in no store.
void Broker::send_own(Space& space, ClientSession& session, const Subscription& subscription) {
  const auto target = subscription.target();
  const mqtt::TopicFilter& filter = target.filter();
  if (!filter.text().starts_with(kSystemPrefix)) return;
  for (const auto& message : system_messages(
           space, uptime(), [&](std::string_view topic) { return filter.matches(topic); })) {
    (void)space.deliver(session, retained_delivery(message, subscription), now());
  }
}

std::chrono::seconds Broker::uptime() const {
  return std::chrono::floor<std::chrono::seconds>(context_.clock.steady() - started_);
}

// Costs nothing while nobody has subscribed to them.
void Broker::send_figures() {
  if (context_.clock.steady() < figures_due_) return;
  figures_due_ = context_.clock.steady() + kSystemInterval;
  if (!std::exchange(has_watchers_, false)) return;
  for (auto& [organisation, space] : spaces_) {
    const auto figures = system_messages(*space, uptime(), [&, home = space.get()](auto topic) {
      return home->has_subscriber(topic);
    });
    has_watchers_ = has_watchers_ || !figures.empty();
    for (const auto& figure : figures) route(organisation, figure, {}, 0);
  }
}

// UNSUBACK of a durable session promises that a crash does not bring the subscription back.
void Broker::unsubscribe(Connection& connection, const mqtt::Unsubscribe& packet) {
  if (connection.session == nullptr) return renewal_door_.unsubscribe(connection, packet);
  ClientSession& session = *connection.session;
  Space& home = space(session.principal.organisation);
  mqtt::Unsuback unsuback;
  unsuback.packet_id = packet.packet_id;
  std::vector<Bytes> records;
  for (const std::string_view filter : packet.filters) {
    const bool existed = home.unsubscribe(session, filter);
    unsuback.reasons.push_back(existed ? ReasonCode::success : ReasonCode::no_subscription_existed);
    if (!existed || !session.is_durable()) continue;
    records.push_back(records::encode(
        records::Unsubscribed{home.organisation(), session.key(), std::string(filter)}));
  }
  if (records.empty()) {
    return connection.endpoint().answer(std::move(unsuback), connection.output());
  }
  const auto finish = [this, number = connection.number(),
                       unsuback = std::move(unsuback)](JournalBatch::Outcome outcome) {
    if (outcome == JournalBatch::Outcome::failed) return lose_journal(number);
    Connection* waiting = context_.find(number);
    if (waiting == nullptr || waiting->is_closing()) return;
    waiting->endpoint().answer(unsuback, waiting->output());
  };
  for (std::size_t i = 0; i + 1 < records.size(); ++i) {
    context_.journal.add_record(std::move(records[i]), session.durability);
  }
  context_.journal.add_record(std::move(records.back()), session.durability, finish);
}

}  // namespace fastness::gateway
