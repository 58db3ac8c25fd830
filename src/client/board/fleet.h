#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/board/board_renewal.h"
#include "client/board/virtual_board.h"
#include "client/connection/transport.h"
#include "crypto/public_key/p256.h"
#include "telemetry/log.h"

namespace fastness::client {

// Keeps virtual boards connected, each on a TLS connection of its own, on one thread. A board that
// loses its connection comes back as a real one does: after 2, 4, 8 … 32 seconds.
class Fleet {
 public:
  // What a board does while it runs. Lives as long as the fleet.
  class Sketch {
   public:
    virtual ~Sketch() = default;
    // The owner's side wrote a value.
    virtual void written(const senml::Record& record) = 0;
    // What to publish now; called whenever `next` has come.
    virtual std::vector<senml::Record> loop(SteadyTime now) = 0;
    [[nodiscard]] virtual SteadyTime next() const = 0;
  };

  struct Member {
    VirtualBoard::Identity identity;
    std::shared_ptr<const tls::ClientContext> context;  // shared by boards with one identity
    std::unique_ptr<Sketch> sketch;
    mqtt::Qos qos = mqtt::Qos::at_most_once;
    // Null: it goes on with its one certificate. Else this says what to connect with.
    std::unique_ptr<BoardRenewal> renewal = nullptr;
  };

  struct Counts {
    std::size_t connected = 0;  // running: they know their thing
    std::uint64_t published = 0;
    std::uint64_t acknowledged = 0;  // of those, at least once
    std::uint64_t lost = 0;          // connections that ended
    std::uint64_t renewed = 0;       // times that a board came in with a new certificate
    std::string last_loss;           // why the last of them did; empty if none
  };

  // `clock` must outlive it.
  Fleet(Address server, const Clock& clock, telemetry::Log log)
      : server_(std::move(server)), clock_(clock), log_(std::move(log)) {}

  void add(Member member);

  // Does what there is to do, waiting at most as long as said for something to come.
  void run_once(std::chrono::milliseconds longest);

  // Boards stay connected but publish nothing more.
  void rest() { is_resting_ = true; }

  [[nodiscard]] Counts counts() const;

 private:
  struct Board {
    Board(Member member_, VirtualBoard protocol_)
        : member(std::move(member_)), protocol(std::move(protocol_)) {}
    Member member;
    VirtualBoard protocol;
    std::optional<Transport> transport;
    bool is_started = false;                                // CONNECT was queued
    BoardRenewal::Shown shown = BoardRenewal::Shown::kept;  // of this connection
    SteadyTime retry_at{};
    std::chrono::seconds retry_after{2};
  };

  void connect(Board& board, SteadyTime now);
  void lose(Board& board, SteadyTime now, const Error& why);
  [[nodiscard]] static bool is_to_reconnect(const Board& board);
  static void reconnect(Board& board, SteadyTime now);
  [[nodiscard]] Result<void> advance(Board& board, SteadyTime now);
  [[nodiscard]] SteadyTime next_event(const Board& board) const;

  Address server_;
  const Clock& clock_;
  telemetry::Log log_;
  std::deque<Board> boards_;  // a deque: sketches are called back through stable addresses
  bool is_resting_ = false;
  std::uint64_t lost_ = 0;
  std::string last_loss_;
};

// A context that trusts `anchors` and shows a device's certificate.
[[nodiscard]] Result<std::shared_ptr<const tls::ClientContext>> device_context(
    const std::string& anchors_pem, const std::string& certificate_pem,
    const crypto::PrivateKey& key);

}  // namespace fastness::client
