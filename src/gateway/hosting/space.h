#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "gateway/hosting/client_session.h"
#include "gateway/options.h"
#include "mqtt/message.h"
#include "mqtt/retained_store.h"
#include "mqtt/subscription_tree.h"

namespace fastness::gateway {

// Who may receive a message, beyond having subscribed.
struct Audience {
  enum class Kind : std::uint8_t { everyone, all_but_device, only_device };
  Kind kind = Kind::everyone;
  std::optional<DeviceId> device;
};

// The topic space of one organisation: its sessions, their subscriptions, its retained messages.
// Organisations never meet because nothing here knows of another. Lives on its shard's loop.
class Space {
 public:
  Space(OrganisationId organisation, const Limits& limits)
      : organisation_(organisation), limits_(limits), retained_(limits.retained) {}

  [[nodiscard]] OrganisationId organisation() const { return organisation_; }

  // --- sessions ---------------------------------------------------------------------------------

  [[nodiscard]] ClientSession* find(const SessionKey& key);
  // Null if the identity or the organisation has as many as it may. The key must be free.
  [[nodiscard]] ClientSession* create(const SessionKey& key, const Principal& principal);
  // Forgets the session, its subscriptions and its queue.
  void end(ClientSession& session);
  // Safe against sessions being ended by `visit`.
  void for_each(const std::function<void(ClientSession&)>& visit);
  // Every session of one identity.
  [[nodiscard]] std::vector<ClientSession*> of_identity(
      const std::variant<DeviceId, UserId>& identity);
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

  // --- subscriptions ----------------------------------------------------------------------------

  enum class Subscribed : std::uint8_t { added, replaced, too_many };
  Subscribed subscribe(ClientSession& session, const std::string& text, Subscription subscription);
  // Whether there was one.
  bool unsubscribe(ClientSession& session, std::string_view text);
  // Whether the session subscribed to something that `topic` matches, and the best QoS asked for.
  [[nodiscard]] static std::optional<mqtt::Qos> interest(const ClientSession& session,
                                                         std::string_view topic);

  // --- messages ---------------------------------------------------------------------------------

  struct Outcome {
    std::size_t delivered = 0;  // sent or queued
    std::size_t dropped = 0;    // congested, or a queue was full
  };
  // Delivers to every matching subscriber of the audience: one copy each, with the best of the QoS
  // it asked for. `from` is the publisher's session, for No Local. Calls `wake` for each session
  // which has something to send then.
  Outcome route(const mqtt::MessagePtr& message, const Audience& audience,
                const ClientSession* from, Timestamp now,
                const std::function<void(ClientSession&)>& wake);

  // Puts a journalled message back into the queues of the durable sessions it was for.
  void restore(const mqtt::MessagePtr& message);

  // One message to one session, whatever it subscribed to. False if it was dropped.
  static bool deliver(ClientSession& session, mqtt::Delivery delivery, Timestamp now);

  [[nodiscard]] mqtt::RetainedStore& retained() { return retained_; }

 private:
  struct Details {
    mqtt::SubscriptionOptions options;
    std::uint32_t identifier;
    std::uint64_t since;
  };
  using Tree = mqtt::SubscriptionTree<ClientSession*, Details>;
  struct Copy {
    ClientSession* session;
    mqtt::Delivery delivery;
  };

  // Fills `copies_`.
  void collect(const mqtt::MessagePtr& message, const Audience& audience,
               const ClientSession* from);
  void add_copy(const Tree::Entry& entry, const mqtt::MessagePtr& message, const Audience& audience,
                const ClientSession* from);
  void add_group(Tree::Group& group, const mqtt::MessagePtr& message, const Audience& audience);

  OrganisationId organisation_;
  const Limits& limits_;
  std::map<SessionKey, std::unique_ptr<ClientSession>> sessions_;
  Tree tree_;
  mqtt::RetainedStore retained_;
  std::uint64_t route_ = 0;
  std::vector<Copy> copies_;  // of the message being routed; kept for its memory
};

}  // namespace fastness::gateway
