#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/durability.h"
#include "base/few.h"
#include "gateway/principal.h"
#include "gateway/retained/retained_readings.h"
#include "mqtt/session/session.h"
#include "mqtt/shared_subscription.h"
#include "mqtt/trie/subscription_tree.h"

namespace fastness::gateway {

// Where a session's packets go while a connection serves it.
class Outlet {
 public:
  virtual ~Outlet() = default;

  // Bytes that leave at the end of the turn.
  [[nodiscard]] virtual Bytes& output() = 0;
  // Whether so much waits already that QoS 0 messages are better dropped.
  [[nodiscard]] virtual bool is_congested() const = 0;
  // Names the connection within its shard.
  [[nodiscard]] virtual std::uint64_t number() const = 0;
};

// What a session asked for. The text names it within the session and is a valid
// mqtt::SharedSubscription. The subscription tree is where it is kept; this is a copy.
struct Subscription {
  std::string text;
  mqtt::SubscriptionOptions options;
  std::uint32_t identifier = 0;  // zero: none
  std::uint64_t since = 0;       // messages numbered below were published before it

  [[nodiscard]] mqtt::SharedSubscription target() const {
    return mqtt::SharedSubscription::parse(text).value();
  }
};

struct ClientSession;

// What a subscription wants beyond its filter; see Subscription.
struct SubscriptionDetails {
  mqtt::SubscriptionOptions options;
  std::uint32_t identifier = 0;
  std::uint64_t since = 0;
};
using SubscriptionTree = mqtt::SubscriptionTree<ClientSession*, SubscriptionDetails>;

// A last message, and how long after the end of the connection it is due (MQTT 5.0, 3.1.3.2).
struct Testament {
  mqtt::Message message;
  std::chrono::seconds delay{0};
  std::optional<std::chrono::seconds> lifetime;  // Message Expiry, counted from publication
  std::chrono::seconds patience{
      0};  // how long its client may be silent, also after a crash of ours
  std::optional<Timestamp> due = std::nullopt;  // to be published, once its connection is gone
};

// One MQTT session and all that belongs to it, connected or not. There is one for each device, so
// it is kept small: what few sessions have lies behind a pointer that is null in the others. Lives
// on its shard's loop.
struct ClientSession {
  // Precondition: the key names the principal's identity.
  ClientSession(const SessionKey& key, Principal principal_in, const mqtt::Session::Limits& limits)
      : principal(std::move(principal_in)),
        client_id(key.client_id),
        instance(key.instance),
        state(limits, mqtt::Session::Durability::volatile_) {}

  [[nodiscard]] SessionKeyView key_view() const {
    return {principal.identity, client_id, instance};
  }
  [[nodiscard]] SessionKey key() const { return {principal.identity, client_id, instance}; }

  Principal principal;  // may change, but for its identity
  const std::string client_id;
  const std::uint64_t instance;
  mqtt::Session state;
  Few<SubscriptionTree::Place> subscriptions;  // see Space::subscriptions
  std::unique_ptr<RetainedReadings> readings;  // null unless retained messages are to be sent yet
  std::chrono::seconds expiry{0};  // how long it stays after its connection; zero: not at all
  Outlet* outlet = nullptr;        // null while disconnected

  std::optional<Timestamp> ends;    // while disconnected
  std::unique_ptr<Testament> will;  // of the connection, or due after it; null if there is none
  // Of the listener that its last connection came by: for all that is journalled on its behalf.
  Durability durability = Durability::fsync;
  bool is_journalled = false;  // the journal knows of it, so it must hear of its end
  bool is_changed = true;      // since the last checkpoint
  bool was_cut_off = false;    // connected when this process died; its client is expected back

  // Scratch of Space::route: where this session's delivery stands in the current one, if it has
  // one there. What an earlier one left says nothing.
  std::uint32_t route_index = 0;

  [[nodiscard]] bool is_durable() const { return expiry.count() != 0; }
};

}  // namespace fastness::gateway
