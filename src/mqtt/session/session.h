#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "base/fifo.h"
#include "base/fixed_limits.h"
#include "mqtt/message.h"
#include "mqtt/session/outgoing_aliases.h"
#include "mqtt/wire/packets.h"

namespace fastness::mqtt {

// A message for one session.
struct Delivery {
  MessagePtr message;
  Qos qos = Qos::at_most_once;             // never more than the message's own
  bool retain = false;                     // as the receiver is to see it
  std::vector<std::uint32_t> identifiers;  // of the subscriptions that matched
};

// What has changed in a session that must survive a restart. For QoS 2 the order matters: what
// `must_precede_sending` says is on disk before the packet that depends on it leaves.
struct SessionEvent {
  enum class Kind : std::uint8_t {
    assigned,  // message `number` is in flight as `packet_id`; only told for QoS 2
    received,  // the client has it (PUBREC): from now on only PUBREL is sent; QoS 2
    settled,   // the message is done with, delivered or dropped
  };
  Kind kind;
  std::uint64_t number = 0;
  std::uint16_t packet_id = 0;

  [[nodiscard]] bool must_precede_sending() const { return kind != Kind::settled; }
  friend bool operator==(const SessionEvent&, const SessionEvent&) = default;
};

// The part of an MQTT session that outlives its connections: what is queued and in flight towards
// the client, and which QoS 2 messages came from it and are not released yet (MQTT 5.0, 4.1, 4.3,
// 4.4, 4.6, 4.9). Knows neither sockets nor clocks: packets go into a buffer of the caller's, times
// come as arguments. A session without traffic holds some 40 bytes. Thread-compatible.
class Session {
  struct Traffic;

 public:
  // What the queues of many sessions take together. Must outlive the sessions that name it. It also
  // keeps a few of what only sessions with traffic hold: most of them have it for the moment
  // between a message and its acknowledgement, a thousand times a second.
  class Pool {
   public:
    explicit Pool(std::size_t most_bytes);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    [[nodiscard]] bool has_room(std::size_t more) const { return bytes_ + more <= most_bytes_; }

   private:
    friend class Session;
    static constexpr std::size_t kSpares = 64;

    const std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    std::vector<std::unique_ptr<Traffic>> spares_;
  };

  struct Limits {
    std::uint16_t max_in_flight = 100;  // the client's Receive Maximum may lower it
    std::size_t max_queued = 1'000;     // messages waiting, beyond those in flight
    std::size_t max_queued_bytes = std::size_t{4} << 20U;
    std::size_t max_incoming =
        fixed_limit("mqtt.unreleased");  // QoS 2 messages received and not released
    Pool* pool = nullptr;                // null: no limit over many sessions
  };

  // A `durable` session holds QoS 2 packets back until `confirm`, and reports events.
  enum class Durability : std::uint8_t {
    volatile_,  // NOLINT(readability-identifier-naming): `volatile` is taken
    durable,
  };

  // The client's end of a connection.
  struct Peer {
    Version version = Version::v311;
    std::uint8_t topic_aliases = 0;  // that it allows us and that we use
    std::uint16_t receive_maximum = 65'535;
    std::uint32_t maximum_packet_size = kMaxVariableInteger + 5;  // bytes
  };

  // `limits` must outlive the session.
  Session(const Limits& limits, Durability durability) : limits_(limits), durability_(durability) {}
  Session(Limits&&, Durability) = delete;

  // --- the connection ---------------------------------------------------------------------------

  // A connection begins. What was in flight before will be sent again, first and in its old order;
  // events that wait to be confirmed are reported again, for the first report may have failed.
  void attach(const Peer& peer);
  void detach();
  [[nodiscard]] bool is_attached() const { return peer_.has_value(); }
  void set_durability(Durability durability) { durability_ = durability; }

  // --- towards the client -----------------------------------------------------------------------

  // Whether the queue has room for a message of so many bytes, as far as its own limits go.
  [[nodiscard]] bool has_room(std::size_t bytes) const;
  // Queues a delivery of QoS 1 or 2; false, and the message is dropped, if the queue is full.
  [[nodiscard]] bool enqueue(Delivery delivery);

  // Appends a QoS 0 message; nothing if no connection is attached, it has expired, or is larger
  // than the client accepts.
  void send_at_most_once(const Delivery& delivery, Timestamp now, Bytes& out);

  // Appends what the client's window and ours allow, until `out` holds `budget` bytes or more.
  void send_queued(Timestamp now, std::size_t budget, Bytes& out);

  // Takes PUBACK, PUBREC or PUBCOMP. For PUBREC appends the answer, at once or after `confirm`.
  // False if the packet identifier is not in flight in that state, which in 5.0 is answered and
  // not an error.
  bool acknowledge(const Acknowledgement& packet, Bytes& out);

  // `event`, which precedes sending, is on disk. Ignored if its message has moved on since.
  void confirm(const SessionEvent& event, Bytes& out);

  // --- from the client --------------------------------------------------------------------------

  enum class Incoming : std::uint8_t { fresh, duplicate, too_many };

  // A QoS 2 PUBLISH arrived. A duplicate is not to be passed on again, only answered.
  Incoming begin_incoming(std::uint16_t packet_id);
  // The message is on disk: from now on a durable session's identifier belongs to what is stored.
  void confirm_incoming(std::uint16_t packet_id);
  // PUBREL arrived, or the message was refused. False if the identifier was not there.
  bool end_incoming(std::uint16_t packet_id);

  // --- storage ----------------------------------------------------------------------------------

  // What happened since the last call; always empty for volatile sessions.
  [[nodiscard]] std::vector<SessionEvent> take_events();

  // One outgoing message as it is stored. `packet_id` is zero while it waits.
  struct Stored {
    Delivery delivery;
    std::uint16_t packet_id = 0;
    bool received = false;
  };
  [[nodiscard]] std::vector<Stored> outgoing() const;
  // Of a durable session those that were confirmed: stored before its message, an identifier would
  // make the message sent again look like a duplicate.
  [[nodiscard]] std::vector<std::uint16_t> incoming() const;
  // Puts back what was stored, before the first connection. Duplicates by number are ignored.
  void restore(Stored stored);
  void restore_event(const SessionEvent& event);

  [[nodiscard]] std::size_t queued() const { return traffic_ ? traffic_->queue.size() : 0; }
  [[nodiscard]] std::size_t in_flight() const { return traffic_ ? traffic_->in_flight.size() : 0; }
  // Whether `send_queued` would append something.
  [[nodiscard]] bool has_sendable() const;

 private:
  enum class State : std::uint8_t {
    assigning,  // its packet identifier is not on disk yet
    unsent,     // to be sent, again if `sent_before`
    sent,
    receiving,   // PUBREC came, is not on disk yet
    releasable,  // PUBREL to be sent
    released,
  };
  struct InFlight {
    Delivery delivery;
    std::uint16_t packet_id;
    State state;
    bool sent_before = false;
  };

  // What a session with traffic holds, and an idle one has given back.
  struct Traffic {
    static constexpr std::uint32_t kUnknown = 0;
    static constexpr std::size_t kFew = 8;  // messages for which a spare one has room

    explicit Traffic(Pool* pool_in) : pool(pool_in) {}
    ~Traffic() { shrink(queued_bytes); }
    Traffic(const Traffic&) = delete;
    Traffic& operator=(const Traffic&) = delete;

    void grow(std::size_t bytes) {
      queued_bytes += bytes;
      if (pool != nullptr) pool->bytes_ += bytes;
    }
    void shrink(std::size_t bytes) {
      queued_bytes -= bytes;
      if (pool != nullptr) pool->bytes_ -= bytes;
    }

    Pool* const pool;
    Fifo<Delivery, kFew> queue;
    std::size_t queued_bytes = 0;
    Fifo<InFlight, kFew> in_flight;  // in the order of sending, which resending keeps
    std::size_t unsent = 0;          // how many of them are unsent
    // The next packet identifier that is in use, so that a new one is not compared with all.
    std::uint32_t next_taken = kUnknown;
    std::size_t releasable = 0;  // how many of them are releasable
    std::set<std::uint16_t> incoming;
    std::set<std::uint16_t> unconfirmed;  // of them
    std::vector<SessionEvent> events;

    [[nodiscard]] bool is_over() const {
      return queue.empty() && in_flight.empty() && incoming.empty() && events.empty();
    }
  };

  [[nodiscard]] Traffic& traffic();
  void push(Delivery delivery);
  // Gives the traffic's memory back if it is over: at the end of whatever may have ended it.
  void rest();
  [[nodiscard]] InFlight* find(std::uint16_t packet_id);
  [[nodiscard]] std::size_t window() const;
  // Whether the window takes one more of those in flight that are to be sent again.
  [[nodiscard]] bool may_send_again() const {
    return traffic_->unsent != 0 && traffic_->in_flight.size() - traffic_->unsent < window();
  }
  [[nodiscard]] std::uint16_t next_packet_id();
  [[nodiscard]] std::uint32_t first_taken_from(std::uint16_t packet_id) const;
  [[nodiscard]] bool must_be_assigned(const Delivery& delivery) const;
  [[nodiscard]] bool may_start_next() const;
  bool start_next(Timestamp now);
  static void forget_disk(InFlight& entry);
  void send(InFlight& entry, Timestamp now, Bytes& out);
  void settle(std::uint16_t packet_id);
  void note(SessionEvent::Kind kind, std::uint64_t number, std::uint16_t packet_id);
  [[nodiscard]] OutgoingAliases::Alias alias_of(std::string_view topic);
  [[nodiscard]] std::optional<std::size_t> write(const Delivery& delivery, std::uint16_t packet_id,
                                                 bool duplicate, Timestamp now, Bytes& out);

  const Limits& limits_;
  std::unique_ptr<Traffic> traffic_;          // null while there is none
  std::unique_ptr<OutgoingAliases> aliases_;  // null until a client that allows them is sent to
  std::optional<Peer> peer_;
  std::uint16_t last_packet_id_ = 0;
  Durability durability_;
};

}  // namespace fastness::mqtt
