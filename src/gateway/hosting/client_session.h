#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/principal.h"
#include "mqtt/session/session.h"
#include "mqtt/shared_subscription.h"

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

struct Subscription {
  mqtt::SharedSubscription target;
  mqtt::SubscriptionOptions options;
  std::uint32_t identifier = 0;  // zero: none
  std::uint64_t since = 0;       // messages numbered below were published before it
};

// A last message, and how long after the end of the connection it is due (MQTT 5.0, 3.1.3.2).
struct Testament {
  mqtt::Message message;
  std::chrono::seconds delay{0};
  std::optional<std::chrono::seconds> lifetime;  // Message Expiry, counted from publication
};

// One MQTT session and all that belongs to it, connected or not. Lives on its shard's loop.
struct ClientSession {
  ClientSession(SessionKey key_in, Principal principal_in, const mqtt::Session::Limits& limits)
      : key(std::move(key_in)),
        principal(std::move(principal_in)),
        state(limits, mqtt::Session::Durability::volatile_) {}

  SessionKey key;
  Principal principal;
  mqtt::Session state;
  std::map<std::string, Subscription, std::less<>> subscriptions;  // by the text the client sent
  std::chrono::seconds expiry{0};  // how long it stays after its connection; zero: not at all
  Outlet* outlet = nullptr;        // null while disconnected

  std::optional<Timestamp> ends;  // while disconnected
  std::optional<Testament> will;  // of the connection, or due after it
  std::optional<Timestamp> will_due;
  bool is_journalled = false;  // the journal knows of it, so it must hear of its end
  bool is_changed = true;      // since the last checkpoint

  // Scratch of Space::route: where this session's delivery stands in the current one.
  std::uint64_t route = 0;
  std::size_t route_index = 0;

  [[nodiscard]] bool is_durable() const { return expiry.count() != 0; }
};

}  // namespace fastness::gateway
