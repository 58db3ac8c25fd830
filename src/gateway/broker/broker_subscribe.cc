// SUBSCRIBE and UNSUBSCRIBE.

#include "gateway/broker/broker.h"
#include "mqtt/wire/encoder.h"

namespace fastness::gateway {

using mqtt::ReasonCode;

Broker::Grant Broker::grant(Space& space, ClientSession& session,
                            const mqtt::Subscribe::Entry& entry, std::uint32_t identifier) {
  const auto denied = [&](ReasonCode reason) {
    context_.probe.subscription_refused();
    return Grant{reason, {}, false, {}};
  };
  auto target = mqtt::SharedSubscription::parse(entry.filter);
  if (!target || entry.filter.size() > context_.limits.max_topic_bytes) {
    return denied(ReasonCode::topic_filter_invalid);
  }
  const std::string& filter = target->filter().text();
  if (filter.starts_with('$') ||
      !dialects::may_subscribe(things(), session.principal.speaker(), target->filter())) {
    return denied(ReasonCode::not_authorised);
  }
  Subscription subscription{std::move(target).value(), entry.options, identifier,
                            context_.last_message.load() + 1};
  const std::string text(entry.filter);
  const bool shared = subscription.target.is_shared();
  const std::uint64_t since = subscription.since;
  const Space::Subscribed subscribed = space.subscribe(session, text, std::move(subscription));
  if (subscribed == Space::Subscribed::too_many) return denied(ReasonCode::quota_exceeded);
  Bytes record;
  if (session.is_durable()) {
    record = records::encode(records::Subscribed{space.organisation(), session.key, text,
                                                 entry.options, identifier, since});
  }
  const auto handling = entry.options.retain_handling;
  const bool wants_retained =
      !shared &&
      (handling == mqtt::RetainHandling::send ||
       (handling == mqtt::RetainHandling::send_if_new && subscribed == Space::Subscribed::added));
  return {mqtt::granted(entry.options.maximum_qos), text, wants_retained, std::move(record)};
}

void Broker::subscribe(Connection& connection, const mqtt::Subscribe& packet) {
  if (connection.session == nullptr) return;
  ClientSession& session = *connection.session;
  Space& home = space(session.principal.organisation);
  const auto& identifiers = packet.properties.subscription_identifiers;
  const std::uint32_t identifier = identifiers.empty() ? 0 : identifiers.front();
  std::vector<Grant> grants;
  for (const auto& entry : packet.entries) {
    grants.push_back(grant(home, session, entry, identifier));
  }
  journal_grants(connection.number(), packet.packet_id, std::move(grants));
}

// SUBACK promises that a subscription of a durable session outlives a crash.
void Broker::journal_grants(std::uint64_t number, std::uint16_t packet_id,
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
    Connection* waiting = context_.find(number);
    if (waiting != nullptr) waiting->close(ReasonCode::server_unavailable, "journal_failed");
  };
  for (std::size_t i = 0; i + 1 < kept.size(); ++i) {
    context_.journal.add_record(std::move(kept[i]), nullptr);
  }
  context_.journal.add_record(std::move(kept.back()), finish);
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
  encode(suback, connection->endpoint().version(), connection->output());

  for (const Grant& grant : grants) {
    const auto subscription = session.subscriptions.find(grant.text);
    if (subscription == session.subscriptions.end()) continue;
    if (grant.wants_retained) send_retained(home, session, subscription->second);
    for (const auto& action : dialects::subscribed(things(), session.principal.speaker(),
                                                   subscription->second.target.filter())) {
      if (const auto* r = std::get_if<dialects::Reply>(&action)) reply(session, r->message);
      if (const auto* n = std::get_if<dialects::NeedLastValues>(&action)) {
        fetch_last_values(session, *n);
      }
    }
  }
}

void Broker::send_retained(Space& space, ClientSession& session, const Subscription& subscription) {
  for (const auto& message : space.retained().match(subscription.target.filter(), now())) {
    mqtt::Delivery delivery{
        message, mqtt::weaker(message->qos, subscription.options.maximum_qos), true, {}};
    if (subscription.identifier != 0) delivery.identifiers = {subscription.identifier};
    (void)Space::deliver(session, std::move(delivery), now());
  }
  wake(session);
}

void Broker::unsubscribe(Connection& connection, const mqtt::Unsubscribe& packet) {
  if (connection.session == nullptr) return;
  ClientSession& session = *connection.session;
  Space& home = space(session.principal.organisation);
  mqtt::Unsuback unsuback;
  unsuback.packet_id = packet.packet_id;
  for (const std::string_view filter : packet.filters) {
    const bool existed = home.unsubscribe(session, filter);
    unsuback.reasons.push_back(existed ? ReasonCode::success : ReasonCode::no_subscription_existed);
    if (existed && session.is_durable()) {
      context_.journal.add_record(records::encode(records::Unsubscribed{
                                      home.organisation(), session.key, std::string(filter)}),
                                  nullptr);
    }
  }
  encode(unsuback, connection.endpoint().version(), connection.output());
}

}  // namespace fastness::gateway
