#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"
#include "gateway/broker/broker.h"
#include "net/poll_loop.h"
#include "telemetry/metrics.h"

namespace fastness::gateway::testing {

// The other end of a connection, in memory: what was sent waits until it is taken.
class MemoryTransport final : public Transport {
 public:
  Bytes to_server;
  Bytes to_client;
  std::size_t room = SIZE_MAX;  // bytes that the network still takes
  bool is_gone = false;         // the client has vanished
  bool is_closed = false;       // the server has said goodbye

  [[nodiscard]] tls::Progress handshake() override { return tls::Progress::done; }
  [[nodiscard]] tls::Step read(std::span<std::uint8_t> out) override;
  [[nodiscard]] tls::Step write(ByteView bytes) override;
  [[nodiscard]] bool has_output() const override { return false; }
  [[nodiscard]] tls::Progress flush() override { return tls::Progress::done; }
  void close() override { is_closed = true; }
  [[nodiscard]] int descriptor() const override { return -1; }
};

// A broker with connections in memory: a shard without sockets, whose time and turns are the
// caller's. Whoever names a device and knows the word "secret" has proved it. Lives on one thread.
class Desk final : public ConnectionKeeper {
 public:
  Desk(const Limits& limits, OrganisationId organisation);
  ~Desk() override;

  // A connection whose handshake is over; its number. The transport is good until `is_open` says
  // no.
  std::uint64_t open();
  [[nodiscard]] MemoryTransport& transport(std::uint64_t number);
  [[nodiscard]] bool is_open(std::uint64_t number) const { return connections_.contains(number); }
  // Does everything that can be done now.
  void run();
  // Lets time pass, then does what it brings.
  void advance(std::chrono::seconds by);
  // Lets nobody hear from the journal until it is released.
  void hold_journal() { is_held_ = true; }
  void release_journal();
  // Bytes for the client that the network did not take yet.
  [[nodiscard]] std::size_t unread(std::uint64_t number) { return find(number)->output().size(); }
  // The fullest queue of all sessions with a connection.
  [[nodiscard]] std::size_t most_queued() const;

  // ConnectionKeeper
  [[nodiscard]] SteadyTime now() const override { return clock_.steady(); }
  [[nodiscard]] std::span<std::uint8_t> input_buffer() override { return input_; }
  [[nodiscard]] tls::RecordCiphers& ciphers() override { return ciphers_; }
  [[nodiscard]] std::unique_ptr<Bytes> take_buffer() override;
  void give_back(std::unique_ptr<Bytes> /*buffer*/) override {}
  void on_handshake_ready(Connection& connection) override { connection.step_handshake(); }
  void on_handshake(Connection& /*connection*/) override {}
  void on_packet(Connection& connection, const mqtt::ServerEndpoint::Action& action,
                 std::size_t bytes) override;
  void on_dirty(Connection& connection) override;
  void on_deadline(Connection& /*connection*/) override {}
  [[nodiscard]] SteadyTime::duration pace(Connection& connection, std::size_t bytes) override;
  void on_quota(Connection& connection, Quota quota) override;
  void on_closing(Connection& connection) override;
  void on_end(Connection& connection) override;

 private:
  [[nodiscard]] Services services(OrganisationId organisation);
  [[nodiscard]] BrokerContext context();
  [[nodiscard]] Connection* find(std::uint64_t number);
  bool flush();

  const Limits limits_;
  fastness::testing::ManualClock clock_{Timestamp{std::chrono::hours{480'000}}};
  crypto::SystemRandom random_;
  telemetry::Log log_ = telemetry::Log::discard();
  telemetry::Registry metrics_;
  Probe probe_{metrics_};
  QuotaLedger quotas_;
  Published<things::ThingsSnapshot> things_{std::make_shared<const things::ThingsSnapshot>()};
  const Services services_;
  std::unique_ptr<net::PollLoop> loop_;
  std::shared_ptr<net::LoopGate> gate_;  // shared with answers that come late
  JournalBatch journal_;
  std::atomic<std::uint64_t> last_message_{0};
  LogPosition last_record_ = 0;
  bool is_held_ = false;
  std::vector<std::function<void()>> held_;
  Broker broker_;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::vector<std::uint64_t> dirty_;
  std::vector<std::uint64_t> ended_;
  std::uint64_t last_connection_ = 0;
  std::vector<std::uint8_t> input_;
  tls::RecordCiphers ciphers_;
};

}  // namespace fastness::gateway::testing
