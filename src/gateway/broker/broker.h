#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "gateway/broker/login.h"
#include "gateway/hosting/journal_batch.h"
#include "gateway/hosting/records.h"
#include "gateway/hosting/space.h"
#include "gateway/link/connection.h"
#include "gateway/probe.h"
#include "gateway/services.h"
#include "gateway/store/snapshot.h"
#include "net/loop_gate.h"
#include "telemetry/log.h"

namespace fastness::gateway {

// What a broker needs around it; all of it outlives the broker.
struct BrokerContext {
  const Limits& limits;
  const Services& services;
  const Clock& clock;
  Random& random;
  const telemetry::Log& log;
  Probe& probe;
  std::shared_ptr<net::LoopGate> gate;  // shared with those whose answers may come late
  JournalBatch& journal;
  std::atomic<std::uint64_t>& last_message;  // numbers messages, over all shards

  // The connection of that number if it is on this loop.
  std::function<Connection*(std::uint64_t)> find;
  // Hands the connection to the shard that serves the organisation if that is another one, which
  // then calls `host`; false if it is this one.
  std::function<bool(Connection&, std::shared_ptr<Login>, const Principal&)> move_home;
};

// Why connections or sessions are cut from outside.
struct Cut {
  std::optional<std::variant<DeviceId, UserId>> identity;
  std::string credential;  // an API key's id; looked at if there is no identity
  // Revoked: no will is published, and the session with its queue is gone. Else the connection
  // ends as if the network had.
  bool revoked = true;
  const char* why = "revoked";
};

// What MQTT means here: who may come in, what becomes of a message, who gets it. Owns the topic
// spaces of the organisations that its shard serves. Lives on its shard's loop.
class Broker {
 public:
  explicit Broker(BrokerContext context);

  // --- connections ------------------------------------------------------------------------------

  void on_packet(Connection& connection, mqtt::ServerEndpoint::Action action);
  // Its session is let go: the will is due, the session ends or waits.
  void on_closing(Connection& connection);
  // Puts what its session may send into its output; whether there is more than fits.
  void fill(Connection& connection);

  // Takes in a connection whose CONNECT proved `principal`.
  void host(Connection& connection, Login& login, const Principal& principal);

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
  // Wills that are due, sessions that end.
  void on_time();

  // --- storage, before the loop runs or on it ---------------------------------------------------

  void restore(StoredSession stored);
  void restore(OrganisationId organisation, mqtt::Message retained);
  void replay(records::Record record);

  enum class Extent : std::uint8_t { changes, everything };
  // What is to be stored: what has changed since the last call, or everything.
  [[nodiscard]] Snapshot snapshot(Extent extent);

 private:
  // Waits for everything that must be durable before a message is acknowledged.
  struct Receipt {
    std::uint64_t connection = 0;
    mqtt::ServerEndpoint::Ticket ticket = 0;
    std::size_t open = 0;
    bool failed = false;
    std::uint16_t packet_id = 0;  // of a QoS 2 message, to be forgotten on failure
  };
  using ReceiptPtr = std::shared_ptr<Receipt>;  // shared by the continuations that hold it open

  // A message on its way in, and what its dialect wants done with it.
  struct Inbound {
    const Principal& principal;
    mqtt::Message message;
    ClientSession* session = nullptr;  // null: a will whose session is gone
    std::uint64_t connection = 0;
    ReceiptPtr receipt;  // null: QoS 0, nobody waits
    std::vector<things::Reading> readings;
    bool is_routed = false;
    mqtt::ReasonCode reason = mqtt::ReasonCode::success;
  };

  // broker_connect.cc
  void connect(Connection& connection, const mqtt::Connect& packet);
  void prove(Connection& connection, std::shared_ptr<Login> login);
  void prove_person(Connection& connection, std::shared_ptr<Login> login);
  void proven(Connection& connection, const std::shared_ptr<Login>& login,
              Result<Principal> principal);
  void refuse(Connection& connection, mqtt::ReasonCode reason, const char* why);
  [[nodiscard]] bool was_cut_since(const Principal& principal, SteadyTime proven) const;
  [[nodiscard]] ClientSession* open_session(Space& space, Connection& connection, Login& login,
                                            const Principal& principal, bool& present);
  void take_over(ClientSession& session, bool ends);
  void welcome(Connection& connection, ClientSession& session, const Login& login, bool present);
  void drop_denied_subscriptions(Space& space, ClientSession& session);
  void tell(const Connection& connection, const Principal& principal, ConnectionEvent::Kind kind,
            const char* why);

  // broker.cc
  [[nodiscard]] static std::vector<ClientSession*> affected(Space& space, const Cut& cut);
  void cut_session(Space& space, ClientSession& session, const Cut& cut);

  // broker_session.cc
  enum class WillFate : std::uint8_t { due, dropped };
  void let_go(Connection& connection, WillFate fate, const char* why);
  void end_session(Space& space, ClientSession& session);
  void publish_will(ClientSession& session);
  void collect_events(ClientSession& session);
  void wake(ClientSession& session);
  void acknowledge(Connection& connection, const mqtt::Acknowledgement& packet);
  void release_incoming(Connection& connection, const mqtt::Acknowledgement& packet);

  // broker_publish.cc
  void publish(Connection& connection, const mqtt::Publish& packet);
  [[nodiscard]] mqtt::ReasonCode check(const Principal& principal, std::string_view topic);
  [[nodiscard]] bool begin_exactly_once(Connection& connection, const mqtt::Publish& packet);
  void take_in(Inbound inbound);
  void apply(const dialects::Action& action, Inbound& inbound);
  void ingest(const std::shared_ptr<const things::ThingView>& thing,
              const std::vector<things::PropertyUpdate>& updates, pipeline::Direction direction,
              Inbound& inbound);
  void commit(Inbound inbound);
  void settle(const ReceiptPtr& receipt, JournalBatch::Outcome outcome);
  void answer(const Receipt& receipt, mqtt::ReasonCode reason);
  void route(OrganisationId organisation, const mqtt::MessagePtr& message, const Audience& audience,
             std::uint64_t from);
  void reply(ClientSession& session, const dialects::Outgoing& message);
  void fetch_last_values(const ClientSession& session, const dialects::NeedLastValues& need);

  // broker_subscribe.cc
  void subscribe(Connection& connection, const mqtt::Subscribe& packet);
  void unsubscribe(Connection& connection, const mqtt::Unsubscribe& packet);
  struct Grant {
    mqtt::ReasonCode reason;
    std::string text;  // empty if denied
    bool wants_retained = false;
    Bytes record;  // for the journal; empty if the session is not durable
  };
  [[nodiscard]] Grant grant(Space& space, ClientSession& session,
                            const mqtt::Subscribe::Entry& entry, std::uint32_t identifier);
  void journal_grants(std::uint64_t connection, std::uint16_t packet_id, std::vector<Grant> grants);
  void finish_subscribe(std::uint64_t connection, std::uint16_t packet_id,
                        const std::vector<Grant>& grants);
  void send_retained(Space& space, ClientSession& session, const Subscription& subscription);

  // broker_storage.cc
  struct Replay;
  [[nodiscard]] ClientSession* revive(const Principal& principal, const SessionKey& key,
                                      std::chrono::seconds expiry);

  [[nodiscard]] Space& space(OrganisationId organisation);
  // Puts the end of a session without a connection on the agenda.
  void schedule(const Space& space, const ClientSession& session);

  [[nodiscard]] Timestamp now() const { return context_.clock.now(); }
  [[nodiscard]] std::uint64_t next_message() { return ++context_.last_message; }
  [[nodiscard]] const things::ThingsSnapshot& things() { return things_.current(); }

  BrokerContext context_;
  Published<things::ThingsSnapshot>::Reader things_;
  std::map<OrganisationId, std::unique_ptr<Space>> spaces_;
  struct Due {
    OrganisationId organisation;
    SessionKey session;
  };
  std::multimap<Timestamp, Due> agenda_;
  std::uint64_t stored_message_ = 0;  // retained messages up to this number were in a snapshot
  // Cuts of the last minute, for connections that were on their way then.
  std::map<std::variant<DeviceId, UserId>, SteadyTime> cut_identities_;
  std::map<std::string, SteadyTime> cut_credentials_;
};

}  // namespace fastness::gateway
