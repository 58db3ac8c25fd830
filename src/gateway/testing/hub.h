#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crypto/secret/system_random.h"
#include "gateway/gateway.h"
#include "gateway/testing/client.h"
#include "telemetry/metrics.h"
#include "telemetry/testing/captured_log.h"
#include "things/testing/registry.h"
#include "tls/testing/authority.h"

namespace fastness::gateway::testing {

// A journal in memory. It answers at once, or holds its answers back, or fails. Thread-safe.
class HeldJournal {
 public:
  enum class Mode : std::uint8_t { immediate, held, failing };

  void set_mode(Mode mode);
  // Answers everything that was held back.
  void release();
  // Blocks until so many appends are held back. False after ten seconds.
  [[nodiscard]] bool wait_for_held(std::size_t count);

  void append(std::vector<things::Reading> readings, std::vector<Bytes> records,
              Durability durability, std::function<void(Result<LogPosition>)> done);

  [[nodiscard]] std::vector<Bytes> records() const;
  [[nodiscard]] std::vector<things::Reading> readings() const;
  // How durable the last append was to be.
  [[nodiscard]] Durability durability() const;

 private:
  void answer(std::function<void(bool)> tell);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Mode mode_ = Mode::immediate;
  std::vector<Bytes> records_;
  std::vector<things::Reading> readings_;
  Durability durability_ = Durability::none;
  std::vector<std::function<void(bool)>> held_;
};

// A TCP connection that says nothing.
class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port);
  void send_bytes(ByteView bytes) const;
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  // Waits for it, at most ten seconds.
  [[nodiscard]] bool is_closed_by_server() const;

 private:
  int descriptor_;
};

// Everything a gateway needs, small and under the test's control: two organisations with boards and
// people, certificates, secrets, a journal in memory. The gateway is real, and so are its sockets.
class Hub {
 public:
  explicit Hub(Limits limits = {}, std::size_t threads = 1,
               std::chrono::seconds drain = std::chrono::seconds{0});
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Stops the gateway and makes another one, which replays the journal: as after kill -9 if no
  // checkpoint was written.
  void restart();
  // The same, but nothing of what the end of the gateway does is in the journal.
  void crash(const std::function<bool(const Principal&)>& is_admitted = nullptr);
  // Without `start`, for tests that restore first.
  void make_gateway();

  struct Board {
    DeviceId device;
    ThingId thing;
    OrganisationId organisation;
    std::string id;
    std::string secret;
    std::shared_ptr<tls::ClientContext> with_certificate;  // shared with clients in flight
    tls::LeafDigest leaf;
  };
  // Its certificate is of the kind "board:<organisation>".
  Board add_board(std::uint8_t organisation);
  // A person of an organisation, who comes in with this name and password.
  Principal add_person(std::uint8_t organisation, const std::string& name,
                       dialects::Speaker::Rights rights = dialects::Speaker::Rights::read_write);

  // From where somebody last tried to come in as a person, as the gateway said.
  [[nodiscard]] std::string last_address();

  // Who the clients of the plaintext listener are from now on; nobody at first.
  void serve_plaintext_as(const Principal& principal);

  // The board's certificate lets it in nowhere from now on, and may be renewed; nobody is told.
  void admit_to_renew_only(const Board& board);
  // As before that.
  void admit_again(const Board& board);
  // The admission says no from now on, but nobody is told.
  void stop_admitting(const Board& board);
  void stop_admitting(const std::string& person);

  // Connections that are up: to the port for either proof, for secrets, for certificates.
  std::unique_ptr<Client> dial(const std::optional<tls::Session>& session = std::nullopt);
  std::unique_ptr<Client> dial_as(const Board& board, std::size_t listener = 0,
                                  const std::optional<tls::Session>& session = std::nullopt);

  // A connection without TLS.
  std::unique_ptr<Client> dial_plaintext() const;

  // A client which CONNECT has let in, with a clean session.
  std::unique_ptr<Client> board_client(const Board& board);
  std::unique_ptr<Client> person_client(const std::string& name, const std::string& client_id);

  [[nodiscard]] static mqtt::Connect connect_packet(std::string_view client_id);
  [[nodiscard]] mqtt::Connect connect_packet(const Board& board) const;
  [[nodiscard]] static mqtt::Connect person_packet(const std::string& name,
                                                   std::string_view client_id);

  [[nodiscard]] std::uint16_t port(std::size_t listener = 0) const {
    return gateway->endpoints()[listener].port();
  }
  [[nodiscard]] const tls::ClientContext& anonymous() const { return *anonymous_; }
  // Waits until the gateway has so many.
  [[nodiscard]] bool wait_for_connections(std::int64_t count) const;
  // Waits until it has no more than so many.
  [[nodiscard]] bool wait_for_departures(std::int64_t count) const;
  // Publishes until neither the topic's one subscriber, who must not be reading, nor the system
  // takes a single message more for it. False if that never comes.
  [[nodiscard]] bool fill_up(Client& publisher, std::string_view topic, std::string_view payload);
  // Waits until so many TLS handshakes have ended with this result, "done" or "failed".
  [[nodiscard]] bool wait_for_handshakes(std::uint64_t count, std::string_view result = "done");
  // Events so far; waits until there are `count`.
  [[nodiscard]] std::vector<ConnectionEvent> wait_for_events(std::size_t count);
  // What devices have said about their certificates; waits until there are `count`.
  [[nodiscard]] std::vector<RenewalMessage> wait_for_renewals(std::size_t count);

  things::testing::Registry registry;
  crypto::SystemRandom random;
  HeldJournal journal;
  // Set before `make_gateway`: who journals instead of `journal`, and what the listeners promise,
  // the one without TLS last, and WebSockets.
  decltype(Services::append) other_journal;
  std::array<Durability, 4> durabilities{Durability::fsync, Durability::fsync, Durability::fsync,
                                         Durability::fsync};
  Durability web_sockets = Durability::fsync;
  telemetry::Registry metrics;
  telemetry::testing::CapturedLog log;  // what the gateway says
  std::unique_ptr<Gateway> gateway;

 private:
  [[nodiscard]] Services services();
  [[nodiscard]] std::vector<ListenerOptions> listeners();

  Limits limits_;
  std::size_t threads_;
  std::chrono::seconds drain_;
  tls::testing::Authority servers_;
  tls::testing::Authority devices_;
  std::vector<std::shared_ptr<tls::ServerContext>> contexts_;
  std::shared_ptr<tls::ClientContext> anonymous_;  // shared with clients in flight

  std::mutex mutex_;  // guards what gateway loops ask
  std::condition_variable changed_;
  std::map<tls::LeafDigest, Principal> leaves_;
  std::map<tls::LeafDigest, Principal> to_renew_;  // who were in `leaves_`
  std::map<DeviceId, std::pair<std::string, Principal>> secrets_;
  std::map<std::string, Principal> people_;
  std::string last_address_;
  std::optional<Principal> plaintext_;
  std::vector<ConnectionEvent> events_;
  std::vector<RenewalMessage> renewals_;
};

}  // namespace fastness::gateway::testing
