#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "gateway/broker/login.h"
#include "gateway/broker/renewal_door.h"
#include "gateway/hosting/journal_batch.h"
#include "gateway/hosting/quota_ledger.h"
#include "gateway/hosting/records.h"
#include "gateway/hosting/space.h"
#include "gateway/link/connection.h"
#include "gateway/probe.h"
#include "gateway/retained/retained_under_way.h"
#include "gateway/services.h"
#include "gateway/store/snapshot.h"
#include "net/loop_gate.h"
#include "telemetry/log.h"

namespace fastness::gateway {

// What a broker needs around it; all of it outlives the broker.
struct BrokerContext {
  const Limits& limits;
  Durability durability;  // of what no client sent
  const Services& services;
  const Clock& clock;
  Random& random;
  const telemetry::Log& log;
  Probe& probe;
  QuotaLedger& quotas;
  std::shared_ptr<net::LoopGate> gate;  // shared with those whose answers may come late
  JournalBatch& journal;
  std::atomic<std::uint64_t>& last_message;  // numbers messages, over all shards

  // The connection of that number if it is on this loop.
  std::function<Connection*(std::uint64_t)> find;
  // Hands the connection to the shard that serves the organisation if that is another one, which
  // then calls `host`; false if it is this one.
  std::function<bool(Connection&, std::shared_ptr<Login>, const Proven&)> move_home;
};

// Why connections or sessions are cut from outside.
struct Cut {
  std::optional<std::variant<DeviceId, UserId>> identity;
  std::string credential;  // see Principal; looked at if there is no identity
  // Revoked: no will is published, and the session with its queue is gone. Else the connection
  // ends as if the network had.
  bool revoked = true;
  const char* why = "revoked";
  // Spares all connections but those by a certificate which is not this one.
  std::optional<tls::LeafDigest> other_than = {};
  // Whom it is about instead of those who are named above.
  std::optional<Crowd> crowd = {};
};

// What MQTT means here: who may come in, what becomes of a message, who gets it. Owns the topic
// spaces of the organisations that its shard serves. Lives on its shard's loop.
class Broker {
 public:
  explicit Broker(BrokerContext context);

  // --- connections ------------------------------------------------------------------------------

  void on_packet(Connection& connection, const mqtt::ServerEndpoint::Action& action,
                 std::size_t bytes);
  // Its session is let go: the will is due, the session ends or waits.
  void on_closing(Connection& connection);
  // Puts what its session may send into its output, as much as goes out together.
  void fill(Connection& connection);
  // Whether it would put more there at once.
  [[nodiscard]] static bool has_more(const ClientSession& session);

  // Takes in a connection whose CONNECT proved `principal`, or that it may renew and nothing else.
  void host(Connection& connection, Login& login, const Principal& principal);
  void host(Connection& connection, Login& login, const RenewingDevice& device);

  // A quota bit that the connection's own bytes have run into.
  void on_quota(const Connection& connection, Quota quota);
  // How long a message of so many bytes has to wait because of all others of its organisation;
  // zero, and counted, if it need not.
  [[nodiscard]] SteadyTime::duration pace(const Connection& connection, std::size_t bytes);

  // --- from outside -----------------------------------------------------------------------------

  void cut(const Cut& cut);
  // A message of ours or of the API's: journalled first if it has QoS or is retained.
  void publish(OrganisationId organisation, mqtt::Message message);
  // To whoever subscribed and is of the audience, at once.
  void send(OrganisationId organisation, const Audience& audience,
            const std::vector<dialects::Outgoing>& messages);
  // To one device's sessions, at once, as far as they subscribed.
  void act_on_device(OrganisationId organisation, DeviceId device,
                     const std::vector<dialects::Action>& actions);
  // What is to be said to a device about its certificate: to this connection of it alone, and never
  // kept for another.
  void send_renewal(OrganisationId organisation, std::uint64_t connection,
                    const std::vector<dialects::Outgoing>& messages);
  // Wills that are due, sessions that end.
  void on_time();
  // Tells the control thread who came and went since the last call. `on_time` does it too.
  void tell_events();

  // --- storage, before the loop runs or on it ---------------------------------------------------

  void restore(StoredSession stored);
  void restore(OrganisationId organisation, StoredRetained retained);
  void replay(records::Record record);
  // Ends restored sessions of whoever is not admitted any more: no will, no queue.
  void expel(const std::function<bool(const Principal&)>& is_admitted);

  enum class Extent : std::uint8_t { changes, everything };
  // What is to be stored: what has changed since the last call, or everything.
  [[nodiscard]] Snapshot snapshot(Extent extent);

 private:
  struct Sender {
    OrganisationId organisation;
    SessionKey key;
    const ClientSession* place;  // names it in `unsettled_`, also when it is gone
  };

  // Waits for everything that must be durable before a message is acknowledged.
  struct Receipt {
    std::uint64_t connection = 0;
    mqtt::ServerEndpoint::Ticket ticket = 0;
    std::size_t open = 0;
    bool failed = false;
    std::uint16_t packet_id = 0;  // of a QoS 2 message, to be forgotten on failure
    // The durable session that sent it, and which may be served by another connection by now.
    std::optional<Sender> sender;
    // The same QoS 2 message, come again before it was durable.
    std::vector<std::pair<std::uint64_t, mqtt::ServerEndpoint::Ticket>> again;
  };
  using ReceiptPtr = std::shared_ptr<Receipt>;  // shared by the continuations that hold it open

  // A message on its way in, and what its dialect wants done with it.
  struct Inbound {
    const Principal& principal;
    std::shared_ptr<mqtt::Message> message;
    ClientSession* session;
    std::uint64_t connection = 0;
    ReceiptPtr receipt;  // null: QoS 0, nobody waits
    std::vector<things::Reading> readings;
    bool is_routed = false;
    mqtt::ReasonCode reason = mqtt::ReasonCode::success;
  };

  // Whether who is subscribed still has to get a message.
  enum class Passing : std::uint8_t { due, done };

  // What is to become of a message once the journal has it.
  struct Journalled {
    OrganisationId organisation;
    mqtt::MessagePtr message;
    Space::Owner owner = mqtt::RetainedStore::kNobody;
    Durability durability = Durability::fsync;
    std::uint64_t from = 0;  // the connection it came by
    ReceiptPtr receipt = nullptr;
    Choices choices = {};
    bool is_routed = true;  // false: a dialect consumed it
    Passing passing = Passing::done;
  };

  // broker_connect.cc
  void connect(Connection& connection, const mqtt::Connect& packet, std::size_t bytes);
  void prove(Connection& connection, std::shared_ptr<Login> login);
  void prove_by_place(Connection& connection, const std::shared_ptr<Login>& login);
  void prove_person(Connection& connection, std::shared_ptr<Login> login);
  void proven(Connection& connection, const std::shared_ptr<Login>& login,
              Result<Principal> principal);
  void refuse_proof(Connection& connection, const Error& why);
  void refuse(Connection& connection, mqtt::ReasonCode reason, const char* why);
  [[nodiscard]] bool was_cut_since(const Principal& principal, SteadyTime proven) const;
  [[nodiscard]] bool was_cut_since(const RenewingDevice& device, SteadyTime proven) const;
  [[nodiscard]] bool was_identity_cut_since(const std::variant<DeviceId, UserId>& identity,
                                            SteadyTime proven) const;
  [[nodiscard]] static SessionKey key_of(const Connection& connection, const Login& login,
                                         const Principal& principal);
  [[nodiscard]] ClientSession* open_session(Space& space, Connection& connection, Login& login,
                                            const Principal& principal, bool& present);
  [[nodiscard]] ClientSession* come_back(Space& space, ClientSession& session);
  void take_over(ClientSession& session, bool ends);
  struct Greeting {
    mqtt::ServerEndpoint::Welcome welcome;
    mqtt::Session::Peer peer;
  };
  void welcome(Connection& connection, ClientSession& session, const Login& login, bool present);
  void journal_opening(Connection& connection, ClientSession& session, bool is_new,
                       JournalBatch::Then then);
  void greet(Connection& connection, const Greeting& greeting);
  void drop_denied_subscriptions(Space& space, ClientSession& session);
  void tell(const Connection& connection, const Principal& principal, ConnectionEvent::Kind kind,
            const char* why);

  // broker.cc
  [[nodiscard]] static bool is_affected(const Principal& principal, const Cut& cut);
  [[nodiscard]] static std::vector<ClientSession*> affected(Space& space, const Cut& cut);
  void cut_session(Space& space, ClientSession& session, const Cut& cut);

  // broker_session.cc
  enum class WillFate : std::uint8_t { due, dropped };
  void let_go(Connection& connection, WillFate fate, const char* why);
  void settle_agenda();
  void end_session(Space& space, ClientSession& session);
  void publish_will(ClientSession& session);
  void settle_will(ClientSession& session);
  void lose_journal(std::uint64_t connection);
  void collect_events(ClientSession& session);
  void wake(ClientSession& session);
  void acknowledge(Connection& connection, const mqtt::Acknowledgement& packet);
  void release_incoming(Connection& connection, const mqtt::Acknowledgement& packet);

  // broker_publish.cc
  void publish(Connection& connection, const mqtt::Publish& packet);
  [[nodiscard]] mqtt::ReasonCode check(const Principal& principal, std::string_view topic);
  [[nodiscard]] bool is_small_enough(Connection& connection, const mqtt::Message& message);
  [[nodiscard]] bool begin_exactly_once(Connection& connection, const mqtt::Publish& packet);
  void take_in(Inbound inbound);
  void apply(const dialects::Action& action, Inbound& inbound);
  void ingest(const std::shared_ptr<const things::ThingView>& thing,
              const std::vector<things::PropertyUpdate>& updates, pipeline::Direction direction,
              Inbound& inbound);
  [[nodiscard]] static Bytes encode_published(const Inbound& inbound, const Choices& choices);
  [[nodiscard]] static bool is_remembered(const Inbound& inbound);
  void commit(Inbound inbound);
  void write_down(const Inbound& inbound, Passing passing);
  void write_down(Bytes record, Journalled journalled);
  void on_journalled(const Journalled& journalled, JournalBatch::Outcome outcome);
  void inherit(const Journalled& journalled, Space::Inheritance inheritance);
  static void forget_incoming(Inbound& inbound);
  void settle(const ReceiptPtr& receipt, JournalBatch::Outcome outcome);
  void settle_sender(const ReceiptPtr& receipt);
  void answer(const Receipt& receipt, mqtt::ReasonCode reason);
  void answer(std::uint64_t connection, mqtt::ServerEndpoint::Ticket ticket,
              mqtt::ReasonCode reason);
  Space::Outcome route(OrganisationId organisation, const mqtt::MessagePtr& message,
                       const Audience& audience, std::uint64_t from,
                       const Choices* choices = nullptr);
  void reply(ClientSession& session, const dialects::Outgoing& message);
  void hand_over(ClientSession& session, const mqtt::MessagePtr& message);
  void fetch_last_values(const ClientSession& session, const dialects::NeedLastValues& need);

  // broker_subscribe.cc
  void subscribe(Connection& connection, const mqtt::Subscribe& packet);
  void unsubscribe(Connection& connection, const mqtt::Unsubscribe& packet);
  struct Grant {
    mqtt::ReasonCode reason;
    std::string text;  // empty if denied
    bool wants_retained = false;
    std::uint64_t since = 0;
    Bytes record;  // for the journal; empty if the session is not durable
  };
  [[nodiscard]] Grant grant(Space& space, ClientSession& session,
                            const mqtt::Subscribe::Entry& entry, std::uint32_t identifier);
  void journal_grants(std::uint64_t connection, std::uint16_t packet_id, Durability durability,
                      std::vector<Grant> grants);
  void finish_subscribe(std::uint64_t connection, std::uint16_t packet_id,
                        const std::vector<Grant>& grants);
  void send_own(Space& space, ClientSession& session, const Subscription& subscription);
  [[nodiscard]] bool may_subscribe(const Principal& principal, const mqtt::TopicFilter& filter);
  [[nodiscard]] std::chrono::seconds uptime() const;
  void send_figures();

  // broker_renewal.cc
  [[nodiscard]] mqtt::ReasonCode check(const Connection& connection, const mqtt::Publish& packet);
  void pass_renewal(const Connection& connection, RenewalChannel channel, ByteView payload);
  void pass_renewal(const Inbound& inbound);
  void note_listening(const Connection& connection);
  void prove_renewal(Connection& connection, std::shared_ptr<Login> login);
  void depart(const Connection& connection);

  // broker_retained.cc
  [[nodiscard]] bool is_room_to_retain(Connection& connection, const mqtt::Message& message);
  // What a message that is to be retained must wait for, so that the topic ends up as the journal
  // says: the same as before it if nothing of the topic waits.
  [[nodiscard]] Durability in_turn(OrganisationId organisation, const mqtt::Message& message,
                                   Durability durability) const;
  [[nodiscard]] static RetainedUnderWay::Circumstances circumstances(const Journalled& journalled);
  void retain(OrganisationId organisation, const mqtt::MessagePtr& message, Space::Owner owner);
  [[nodiscard]] static bool wants_retained(const Subscription& subscription, bool is_new);
  [[nodiscard]] static mqtt::Delivery retained_delivery(const mqtt::MessagePtr& message,
                                                        const Subscription& subscription);
  static void begin_reading(ClientSession& session, const Subscription& subscription,
                            std::uint64_t until);
  void read_retained(ClientSession& session, std::size_t budget, Bytes& out);
  [[nodiscard]] bool read(ClientSession& session, RetainedReading& reading, std::size_t budget,
                          Bytes& out);
  [[nodiscard]] bool pass_on(ClientSession& session, const RetainedReading& reading,
                             mqtt::Delivery delivery, Bytes& out);
  void note_read(ClientSession& session, const RetainedReading& reading);
  void restore_read(ClientSession& session, std::string_view text, std::uint64_t after);

  // broker_storage.cc
  struct Replay;
  [[nodiscard]] ClientSession* revive(const Principal& principal, const SessionKey& key,
                                      std::chrono::seconds expiry);
  void cut_off(Space& space, ClientSession& session);
  void restore_will(Space& home, ClientSession& session, StoredSession stored);

  [[nodiscard]] Space& space(OrganisationId organisation);
  void note_quota(OrganisationId organisation, const SessionIdentity& identity, Quota quota);
  // Puts the end of a session without a connection on the agenda.
  void schedule(const Space& space, const ClientSession& session);

  [[nodiscard]] Timestamp now() const { return context_.clock.now(); }
  // When a message came that has values: later than the one before it. A turn has one time for all
  // its messages, and the history keeps one value of a property for each time.
  [[nodiscard]] Timestamp arrival() {
    return last_arrival_ = std::max(now(), last_arrival_ + Timestamp::duration{1});
  }
  [[nodiscard]] std::uint64_t next_message() { return ++context_.last_message; }
  [[nodiscard]] const things::ThingsSnapshot& things() { return things_.current(); }

  BrokerContext context_;
  RenewalDoor renewal_door_;
  Published<things::ThingsSnapshot>::Reader things_;
  std::map<OrganisationId, std::unique_ptr<Space>> spaces_;
  struct Due {
    OrganisationId organisation;
    SessionKey session;
  };
  std::multimap<Timestamp, Due> agenda_;
  const SteadyTime started_;
  SteadyTime figures_due_;
  Timestamp last_arrival_{};
  std::vector<ConnectionEvent> events_;  // not told yet
  bool has_watchers_ = false;         // somebody subscribed to figures since there was last nobody
  std::uint64_t stored_message_ = 0;  // retained messages up to this number were in a snapshot
  RetainedUnderWay retained_under_way_;
  // QoS 2 messages of durable sessions that the journal has not yet, by the session's address.
  std::map<std::pair<const ClientSession*, std::uint16_t>, ReceiptPtr> unsettled_;
  // Cuts of the last minute, for connections that were on their way then.
  std::map<std::variant<DeviceId, UserId>, SteadyTime> cut_identities_;
  std::map<std::string, SteadyTime> cut_credentials_;
  std::map<Crowd, SteadyTime> cut_crowds_;
};

}  // namespace fastness::gateway
