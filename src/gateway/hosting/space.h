#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "gateway/hosting/choice.h"
#include "gateway/hosting/client_session.h"
#include "gateway/hosting/identity_numbers.h"
#include "gateway/hosting/quota.h"
#include "gateway/hosting/traffic.h"
#include "gateway/options.h"
#include "mqtt/message.h"
#include "mqtt/trie/retained_store.h"

namespace fastness::gateway {

using SessionIdentity = std::variant<DeviceId, UserId>;

// A retained message as it is stored: nobody owns what no client sent, nor what was stored before
// owners were.
struct StoredRetained {
  mqtt::Message message;
  std::optional<SessionIdentity> owner;
};

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
  // Told of each quota that bit, and whom.
  using OnQuota = std::function<void(OrganisationId, const SessionIdentity&, Quota)>;

  Space(OrganisationId organisation, const Limits& limits, OnQuota on_quota);
  ~Space() = default;
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  [[nodiscard]] OrganisationId organisation() const { return organisation_; }

  // --- sessions ---------------------------------------------------------------------------------

  [[nodiscard]] ClientSession* find(const SessionKey& key);
  // Whether one more connection may be let in for `principal` now, to serve the session of that
  // key; counts the attempt. Who takes a session over makes them no more.
  [[nodiscard]] mqtt::ReasonCode admit(const Principal& principal, const SessionKey& key,
                                       SteadyTime now);
  // The same for a device whose connection serves no session.
  [[nodiscard]] mqtt::ReasonCode admit(const RenewingDevice& device, SteadyTime now);
  // There is one more connection from now on, or one less.
  void connected() { ++connections_; }
  void disconnected() { --connections_; }
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

  // `too_many` of the session or of the organisation.
  enum class Subscribed : std::uint8_t { added, replaced, too_many };
  Subscribed subscribe(ClientSession& session, const Subscription& subscription);
  // Whether there was one.
  bool unsubscribe(ClientSession& session, std::string_view text);
  [[nodiscard]] std::vector<Subscription> subscriptions(const ClientSession& session) const;
  // That of the session with this text.
  [[nodiscard]] std::optional<Subscription> subscription(const ClientSession& session,
                                                         std::string_view text) const;
  // Whether the session subscribed to something that `topic` matches, and the best QoS asked for.
  [[nodiscard]] std::optional<mqtt::Qos> interest(const ClientSession& session,
                                                  std::string_view topic) const;

  // --- messages ---------------------------------------------------------------------------------

  // How long a publisher must wait because of all others; zero, and counted, if it need not.
  [[nodiscard]] SteadyTime::duration pace(const Principal& principal, std::size_t bytes,
                                          SteadyTime now);
  // A copy for whoever has a message in the place of a member that is gone.
  struct Inheritance {
    ClientSession* heir;
    mqtt::Delivery delivery;
    SessionKey gone;
  };
  struct Outcome {
    std::size_t delivered = 0;                // sent or queued
    std::size_t dropped = 0;                  // congested, or a queue was full
    std::vector<Inheritance> inherited = {};  // not delivered: the journal names somebody else
  };
  // Which member of each shared subscription is to have a message of QoS 1 or 2.
  [[nodiscard]] Choices choose(const mqtt::Message& message);
  // Delivers to every matching subscriber of the audience: one copy each, with the best of the QoS
  // it asked for, and to one member of each shared subscription; if `choices` is not null, to those
  // that it names. `from` is the publisher's session, for No Local. Calls `wake` for each session
  // which has something to send then.
  Outcome route(const mqtt::MessagePtr& message, const Audience& audience, const Choices* choices,
                const ClientSession* from, Timestamp now,
                const std::function<void(ClientSession&)>& wake);

  // Puts a journalled message back into the queues of the durable sessions it was for.
  void restore(const mqtt::MessagePtr& message, const Choices& choices, const ClientSession* from);

  // Whether a message of QoS 1 or 2 has room in the session's queue.
  [[nodiscard]] bool has_room(const ClientSession& session, const mqtt::Delivery& delivery) const {
    const std::size_t bytes = delivery.message->bytes();
    return session.state.has_room(bytes) && queues_.has_room(bytes);
  }
  // One message to one session, whatever it subscribed to. False if it was dropped.
  bool deliver(ClientSession& session, mqtt::Delivery delivery, Timestamp now);

  // --- retained messages ------------------------------------------------------------------------

  using Owner = mqtt::RetainedStore::Owner;
  // By which what an identity sets is counted; what no client sent is RetainedStore::kNobody's.
  [[nodiscard]] Owner owner_of(const SessionIdentity& identity) { return owners_.of(identity); }
  // Whether a message that is to be retained has room.
  [[nodiscard]] bool may_retain(const mqtt::Message& message, Owner owner) const;
  // That it had none was a quota's doing.
  void note_not_retained(const mqtt::Message& message, Owner owner) const;
  // Keeps it, or removes what its topic held. False, and counted, if it has no room.
  bool retain(const mqtt::MessagePtr& message, Owner owner);
  // Puts back what was stored.
  void put_back(StoredRetained stored);
  void for_each_retained(
      const std::function<void(const mqtt::Message&, const std::optional<SessionIdentity>& owner)>&
          visit) const;
  [[nodiscard]] const mqtt::RetainedStore& retained() const { return retained_; }

  // --- figures ----------------------------------------------------------------------------------

  [[nodiscard]] Traffic& traffic() { return traffic_; }
  [[nodiscard]] std::size_t subscription_count() const { return tree_.size(); }
  [[nodiscard]] bool has_subscriber(std::string_view topic);

 private:
  using Tree = SubscriptionTree;
  struct Copy {
    ClientSession* session;
    mqtt::Delivery delivery;
    bool is_groups = false;              // of a shared subscription
    const Choice* instead_of = nullptr;  // of whom another member had been chosen
  };

  [[nodiscard]] std::optional<Tree::Place> find(const ClientSession& session,
                                                std::string_view text) const;
  [[nodiscard]] Subscription describe(const ClientSession& session, Tree::Place place) const;
  // Fills `copies_`.
  void collect(const mqtt::MessagePtr& message, const Audience& audience, const Choices* choices,
               const ClientSession* from);
  // Whether `copies_` has one for the session's own subscriptions: at its `route_index`.
  [[nodiscard]] bool has_copy(const ClientSession& session) const;
  void add_copy(const Tree::Entry& entry, const mqtt::MessagePtr& message, const Audience& audience,
                const ClientSession* from);
  void add_group(Tree::Group& group, const Choice* choice, const mqtt::MessagePtr& message,
                 const Audience& audience);
  [[nodiscard]] static const Tree::Entry* pick(Tree::Group& group, const mqtt::Message& message,
                                               const Audience& audience);
  [[nodiscard]] const Choice* choice_for(Tree::Place group, const Choices* choices) const;

  // Orders sessions by the key that they hold themselves.
  struct ByKey {
    using is_transparent = void;
    using Owned = std::unique_ptr<ClientSession>;
    bool operator()(const Owned& a, const Owned& b) const { return a->key_view() < b->key_view(); }
    bool operator()(const Owned& a, const SessionKeyView& b) const { return a->key_view() < b; }
    bool operator()(const SessionKeyView& a, const Owned& b) const { return a < b->key_view(); }
  };

  void note(const Principal& principal, Quota quota) const {
    on_quota_(organisation_, principal.identity, quota);
  }
  void note_full_queue(const ClientSession& session, std::size_t bytes) const;
  enum class Place : std::uint8_t { another, taken_over };
  [[nodiscard]] mqtt::ReasonCode admit(const SessionIdentity& identity, Place place,
                                       SteadyTime now);
  [[nodiscard]] bool comes_too_fast(const SessionIdentity& identity, SteadyTime now);

  OrganisationId organisation_;
  const Limits& limits_;
  const OnQuota on_quota_;
  mqtt::Session::Pool queues_;
  mqtt::Session::Limits session_limits_;  // those of all, and the pool of this organisation
  std::size_t connections_ = 0;
  std::size_t subscriptions_ = 0;
  net::Pace connects_;
  net::Pace messages_;
  net::Pace bytes_;
  std::map<SessionIdentity, net::Pace> comings_;  // of identities that have not rested
  std::size_t sweep_at_ = 1'024;                  // how many make it worth looking for rested ones
  std::set<std::unique_ptr<ClientSession>, ByKey> sessions_;
  Tree tree_;
  mqtt::RetainedStore retained_;
  IdentityNumbers owners_;  // of retained messages
  Traffic traffic_;
  std::vector<Copy> copies_;  // of the message being routed; kept for its memory
};

}  // namespace fastness::gateway
