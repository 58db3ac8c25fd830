#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/fifo.h"
#include "gateway/broker/broker.h"
#include "gateway/link/connection.h"
#include "gateway/link/handshake_thread.h"
#include "gateway/link/web_socket_transport.h"
#include "gateway/turn_clock.h"
#include "http/web_socket.h"
#include "net/listener.h"
#include "net/poll_loop.h"

namespace fastness::gateway {

// What all shards share; outlives them.
struct ShardContext {
  const Options& options;
  const Services& services;
  const Clock& clock;
  Random& random;
  const telemetry::Log& log;
  Probe& probe;
  QuotaLedger& quotas;
  std::atomic<std::uint64_t>& last_connection;
  std::atomic<std::uint64_t>& last_message;
  // The shard that serves an organisation.
  std::function<class Shard&(OrganisationId)> home_of;
};

// One loop of the gateway: its connections, its timers, and the broker of the organisations that
// are at home on it. A turn takes in everything that is ready, then writes each connection that has
// output once. Lives on its loop; what may be called from elsewhere says so.
class Shard final : public ConnectionKeeper {
 public:
  // `unavailable` if the process is out of descriptors.
  [[nodiscard]] static Result<std::unique_ptr<Shard>> create(const std::string& name,
                                                             ShardContext context);
  ~Shard() override;
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  [[nodiscard]] net::PollLoop& loop() { return *loop_; }
  [[nodiscard]] Broker& broker() { return broker_; }
  [[nodiscard]] const JournalBatch& journal() const { return journal_; }

  // Listens on `endpoint`, whose port may be 0, for clients that prove themselves as `options`
  // says. Before `start`.
  [[nodiscard]] Result<net::Endpoint> listen(const ListenerOptions& options,
                                             const net::Endpoint& endpoint,
                                             std::shared_ptr<net::ConnectionLimits> limits);

  void start();

  // Thread-safe: refuses new connections and begins to say goodbye to the others.
  void drain();
  // From any thread but the loop's: drains, waits until all connections are gone, at most
  // `Options::drain`, `Limits::close` and a little. Then stops the loop.
  void stop();

  // Thread-safe: a WebSocket that the API accepted.
  void adopt(std::shared_ptr<http::WebSocket> socket, std::string remote, const char* tls);

  // Takes over a connection of another shard, on this one's loop.
  void take_in(std::unique_ptr<Connection> connection, const std::shared_ptr<Login>& login,
               const Proven& proven);

  // ConnectionKeeper
  [[nodiscard]] SteadyTime now() const override { return clock_.steady(); }
  [[nodiscard]] std::span<std::uint8_t> input_buffer() override { return input_; }
  [[nodiscard]] tls::RecordCiphers& ciphers() override { return ciphers_; }
  [[nodiscard]] std::unique_ptr<Bytes> take_buffer() override;
  void give_back(std::unique_ptr<Bytes> buffer) override;
  void on_handshake_ready(Connection& connection) override;
  void on_handshake(Connection& connection) override;
  void on_packet(Connection& connection, const mqtt::ServerEndpoint::Action& action,
                 std::size_t bytes) override;
  void on_dirty(Connection& connection) override;
  void on_deadline(Connection& connection) override;
  [[nodiscard]] SteadyTime::duration pace(Connection& connection, std::size_t bytes) override {
    return broker_.pace(connection, bytes);
  }
  void on_quota(Connection& connection, Quota quota) override {
    broker_.on_quota(connection, quota);
  }
  void on_closing(Connection& connection) override;
  void on_end(Connection& connection) override;

 private:
  Shard(const std::string& name, std::unique_ptr<net::PollLoop> loop, ShardContext context);

  // A connection about to move to the shard where its organisation is at home.
  struct Move {
    std::uint64_t number;
    std::shared_ptr<Login> login;  // shared with the continuation that proved it
    Proven proven;
    Shard* home;
  };
  struct Deadline {
    SteadyTime at;
    std::uint64_t number;
    friend bool operator>(const Deadline& a, const Deadline& b) { return a.at > b.at; }
  };

  [[nodiscard]] BrokerContext broker_context();
  void listen_to(http::WebSocket& socket, const std::shared_ptr<Whereabouts>& whereabouts,
                 std::uint64_t number);
  // A message, or nothing for the end.
  void on_web_socket(std::uint64_t number, const std::optional<std::string>& message);
  void accept(net::Accepted accepted, const ListenerOptions& options);
  Connection* add(std::unique_ptr<Transport> transport, Connection::Origin origin);
  [[nodiscard]] Connection* find(std::uint64_t number);
  void note_failed_handshake(Connection& connection);
  bool plan_move(Connection& connection, std::shared_ptr<Login> login, const Proven& proven);
  void end_turn();
  // Takes the handshake that waits longest one step on; false if there was none that the loop has
  // to make itself.
  bool shake_a_hand();
  [[nodiscard]] Connection* next_handshake();
  [[nodiscard]] bool shakes_hands_beside();
  void take_steps_back();
  void flush_dirty();
  void make_moves();
  void bury();
  void tick();
  void check_deadlines();
  void begin_drain();
  [[nodiscard]] std::chrono::duration<double> time_to_come_back() const;
  void say_farewells();
  void say_farewell(Connection& connection);

  ShardContext context_;
  TurnClock clock_;
  std::unique_ptr<net::PollLoop> loop_;
  std::shared_ptr<net::LoopGate> gate_;  // shared with those whose answers may come late
  JournalBatch journal_;
  Broker broker_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::vector<std::pair<net::Listener*, ListenerOptions>> unstarted_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  Fifo<std::uint64_t> handshakes_;  // that can go on, in the order in which they could
  bool is_holding_ = false;         // the listeners, until some of those are done
  std::size_t lent_ = 0;            // handshakes that are with the thread beside us
  std::vector<std::uint64_t> dirty_;
  std::vector<std::uint64_t> ended_;
  std::vector<Move> moves_;
  std::vector<Deadline> deadlines_;  // a heap, the earliest first
  std::vector<std::uint8_t> input_;
  std::vector<std::unique_ptr<Bytes>> buffers_;
  tls::RecordCiphers ciphers_;
  std::uint64_t ticks_ = 0;
  std::uint64_t packets_ = 0;   // that came
  std::uint64_t messages_ = 0;  // of them, those that were to be passed on
  std::uint64_t messages_until_tick_ = 0;
  bool is_busy_ = false;  // messages passed between the last two ticks

  // While draining: who is still to be told, in an order of chance, and until when.
  std::vector<std::uint64_t> farewells_;
  std::size_t farewells_in_all_ = 0;
  SteadyTime drain_begun_{};
  std::chrono::duration<double> drain_{0};

  std::mutex stop_mutex_;
  std::condition_variable stopped_;
  bool is_stopping_ = false;  // on the loop
  bool is_drained_ = false;   // under stop_mutex_
  HandshakeThread hands_;     // last: ends before the connections that it may have
};

}  // namespace fastness::gateway
