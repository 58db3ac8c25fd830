#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "gateway/hosting/client_session.h"
#include "gateway/hosting/quota.h"
#include "gateway/hosting/traffic.h"
#include "gateway/link/transport.h"
#include "gateway/options.h"
#include "mqtt/session/server_endpoint.h"
#include "net/pace.h"
#include "net/poll_loop.h"

namespace fastness::gateway {

class Connection;

// What a shard does for its connections. All calls are on its loop.
class ConnectionKeeper {
 public:
  virtual ~ConnectionKeeper() = default;

  [[nodiscard]] virtual SteadyTime now() const = 0;
  // Memory to read into, shared by all connections of the loop.
  [[nodiscard]] virtual std::span<std::uint8_t> input_buffer() = 0;
  [[nodiscard]] virtual tls::RecordCiphers& ciphers() = 0;
  // A buffer for output, and taking it back.
  [[nodiscard]] virtual std::unique_ptr<Bytes> take_buffer() = 0;
  virtual void give_back(std::unique_ptr<Bytes> buffer) = 0;

  // Its handshake can go on: `step_handshake` is to be called when there is time for it. Told once
  // for each step.
  virtual void on_handshake_ready(Connection& connection) = 0;
  // The handshake is over; what it proved can be asked of the connection.
  virtual void on_handshake(Connection& connection) = 0;
  // A packet of so many bytes.
  virtual void on_packet(Connection& connection, const mqtt::ServerEndpoint::Action& action,
                         std::size_t bytes) = 0;
  // It has output, or is to be closed: flush it at the end of the turn.
  virtual void on_dirty(Connection& connection) = 0;
  // Its deadline is nearer than it was.
  virtual void on_deadline(Connection& connection) = 0;
  // How long a message of so many bytes has to wait because of others; zero, and counted, if it
  // need not.
  [[nodiscard]] virtual SteadyTime::duration pace(Connection& connection, std::size_t bytes) = 0;
  // It has run into a limit.
  virtual void on_quota(Connection& connection, Quota quota) = 0;
  // It takes nothing in any more: its session is to be let go. Called once, before `on_end`.
  virtual void on_closing(Connection& connection) = 0;
  // Nothing more will leave either; destroy it at the end of the turn.
  virtual void on_end(Connection& connection) = 0;
};

// One MQTT connection: bytes in, packets to its keeper, bytes out once a turn. Belongs to one shard
// at a time; may be moved to another between turns. An idle connection holds no buffer, and nothing
// that only the handshake and CONNECT need.
class Connection final : public net::PollLoop::Pollee, public Outlet {
 public:
  static constexpr SteadyTime kNever = SteadyTime::max();

  // What is known before MQTT speaks.
  struct Origin {
    std::string remote;
    // A constant: "1.2", "1.3", "WebSocket", "none"; empty before the handshake.
    const char* tls = "";
    Proof proof = Proof::certificate_or_secret;
    Durability durability = Durability::fsync;  // of the listener
  };

  Connection(std::uint64_t number, std::unique_ptr<Transport> transport, Origin origin,
             const Limits& limits, SteadyTime now);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // --- keeper -----------------------------------------------------------------------------------

  // Begins, or goes on under another keeper after `move_away`. False if it cannot be polled.
  [[nodiscard]] bool attach(ConnectionKeeper& keeper, net::PollLoop& loop);
  // Makes it nobody's, between turns.
  void move_away();

  // Does what time asks for: gives up what is late, reads on what was slowed. `true` if it is now
  // to be ended for silence.
  void on_time(SteadyTime now);
  [[nodiscard]] SteadyTime deadline() const;

  // Sends what waits. Called once at the end of each turn in which it was dirty.
  void flush();

  // --- shard ------------------------------------------------------------------------------------

  // What the handshake proved.
  void set_proof(const char* tls, const std::optional<tls::LeafDigest>& leaf) {
    origin_.tls = tls;
    leaf_ = leaf;
  }
  // Whether the handshake told what it proved.
  [[nodiscard]] bool has_proof() const { return *origin_.tls != '\0'; }
  // Null if the peer proved no key.
  [[nodiscard]] const tls::LeafDigest* leaf() const { return leaf_ ? &*leaf_ : nullptr; }

  // CONNECT has let it in: what bounds strangers bounds it no longer.
  void welcomed();

  // Stops reading until `resume`: somebody else is asked a question first.
  void pause();
  void resume();

  // Says `reason` if the version has a word for it, sends what waits, closes. `why` goes into the
  // log. The first call counts.
  void close(mqtt::ReasonCode reason, const char* why, mqtt::Properties more = {});
  // Closes after the output has left, without a word.
  void finish(const char* why);

  [[nodiscard]] Bytes& output() override;
  [[nodiscard]] bool is_congested() const override {
    return output_ != nullptr && output_->size() >= limits_.max_output_bytes;
  }
  [[nodiscard]] std::uint64_t number() const override { return number_; }

  [[nodiscard]] mqtt::ServerEndpoint& endpoint() { return endpoint_; }
  [[nodiscard]] const Origin& origin() const { return origin_; }
  [[nodiscard]] Transport& transport() { return *transport_; }
  [[nodiscard]] bool is_closing() const { return phase_ >= Phase::closing; }
  [[nodiscard]] bool is_ended() const { return phase_ == Phase::ended; }
  [[nodiscard]] const char* why() const { return why_; }
  // Whether output waits for the network.
  [[nodiscard]] bool wants_write() const { return wants_write_; }

  // What the shard knows of it: null before CONNECT was accepted and after its session let go.
  ClientSession* session = nullptr;
  Traffic* traffic = nullptr;     // of the organisation, once CONNECT was accepted
  const char* auth = "";          // "certificate", "secret", "user"
  Timestamp since{};              // when CONNECT was accepted
  SteadyTime scheduled = kNever;  // when the shard will look at its deadline
  bool is_dirty = false;

  void on_ready() override;
  void step_handshake();
  // The same by somebody else, who has the transport until it is given back with what came of it.
  // Meanwhile the connection may end, and must live.
  [[nodiscard]] Transport& lend_for_step();
  void give_back(tls::Progress progress);
  [[nodiscard]] bool is_lent() const { return is_lent_; }

 private:
  enum class Phase : std::uint8_t { handshake, open, closing, ended };

  // What is there while a packet or its sender waits; most of the time nothing does.
  struct Waiting {
    Bytes input;                 // the beginning of a packet whose end has not come
    SteadyTime slowed = kNever;  // until when it is not read from
    SteadyTime retry = kNever;   // when to write again where no poll tells

    [[nodiscard]] bool is_over() const {
      return input.empty() && slowed == kNever && retry == kNever;
    }
  };

  void ask_for_step();
  void on_step(tls::Progress progress);
  void read();
  void go_on();
  void take(ByteView input);
  void time_packet();
  [[nodiscard]] std::size_t parse(ByteView input);
  [[nodiscard]] SteadyTime::duration pace(std::size_t bytes);
  [[nodiscard]] bool may_go_on(const mqtt::Frame& frame);
  void write();
  void end(const char* why);
  [[nodiscard]] bool is_broken() const;
  void set_interest(net::PollLoop::Interest interest);
  void update_interest();
  // Who does not read what we send is not read from either.
  [[nodiscard]] bool is_reading() const {
    return phase_ == Phase::open && !paused_ && !is_slowed() && !is_congested();
  }
  [[nodiscard]] bool is_slowed() const { return waiting_ && waiting_->slowed != kNever; }
  [[nodiscard]] bool has_begun_packet() const { return waiting_ && !waiting_->input.empty(); }
  [[nodiscard]] Waiting& waiting();
  // Gives back what nobody waits for any more.
  void rest();
  void keep(ByteView beginning);

  std::uint32_t counted_ = 0;  // bytes at the front of the output that `traffic` knows
  const std::uint64_t number_;
  const Limits& limits_;
  std::unique_ptr<Transport> transport_;
  Origin origin_;
  mqtt::ServerEndpoint endpoint_;
  ConnectionKeeper* keeper_ = nullptr;
  net::PollLoop* loop_ = nullptr;  // null if it does not poll us
  Phase phase_ = Phase::handshake;
  net::PollLoop::Interest interest_ = net::PollLoop::Interest::none;
  bool waits_for_step_ = false;  // its keeper knows that the handshake can go on
  bool is_lent_ = false;
  bool paused_ = false;
  bool wants_write_ = false;
  bool has_unread_ = false;  // more may wait inside the transport, where no poll can see it
  std::optional<tls::LeafDigest> leaf_;  // of the certificate whose key the peer proved
  SteadyTime phase_deadline_;  // of the handshake, of CONNECT, of a packet begun, of the last bytes
  const char* why_ = "";
  std::unique_ptr<Waiting> waiting_;  // null while nothing waits
  std::unique_ptr<Bytes> output_;     // the keeper's; null while there is none
  net::Pace messages_;
  net::Pace bytes_;
};

}  // namespace fastness::gateway
