#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fifo.h"
#include "mqtt/wire/decoder.h"
#include "mqtt/wire/explanation.h"

namespace fastness::mqtt {

// The server's end of one MQTT connection: which packets may come when, acknowledgements in the
// order they are owed, topic aliases, the client's flow control, keep-alive. Everything that ends
// with the connection, and nothing that outlives it (see Session). Knows neither sockets nor
// clocks. Thread-compatible.
class ServerEndpoint {
 public:
  struct Limits {
    std::size_t max_packet_bytes = std::size_t{256} << 10U;
    std::size_t max_connect_bytes = std::size_t{144} << 10U;
    std::uint16_t receive_maximum = 100;  // QoS 1 and 2 messages a 5.0 client may have unanswered
    std::size_t max_unanswered = 2'000;   // the same for 3.1.1 clients, who are told of no window
    std::uint16_t topic_alias_maximum = 10;
    std::uint16_t max_keep_alive = 3'600;  // seconds; also what a client without one gets
  };

  // What the caller is to do about a packet. Views point into the frame or, for a topic that was
  // an alias, into this endpoint; both only until the next call.
  struct Nothing {};
  struct Ended {  // DISCONNECT came: close
    bool publish_will = false;
    std::optional<std::uint32_t> session_expiry;
  };
  // The client broke a rule: `fail` was called with the reason; flush, then close.
  struct Failed {
    Malformed why;
  };
  using Action = std::variant<Nothing, Connect, Publish, Acknowledgement, Subscribe, Unsubscribe,
                              Ended, Failed>;

  // `limits` must outlive the endpoint.
  explicit ServerEndpoint(const Limits& limits) : limits_(limits) {}
  explicit ServerEndpoint(Limits&&) = delete;

  // Takes the next packet of the connection. Answers that need nobody else are appended to `out`.
  [[nodiscard]] Action receive(const Frame& frame, SteadyTime now, Bytes& out);

  // Looks for the next packet; see `next_frame`. The limit is the one CONNACK told the client.
  // Before it, what does not begin as a CONNECT is an error with its first byte, and a CONNECT has
  // a limit of its own: whoever sends it is still a stranger.
  [[nodiscard]] Decoded<std::optional<Frame>> next(ByteView input) const;

  // --- CONNECT ----------------------------------------------------------------------------------

  struct Welcome {
    bool session_present = false;
    std::string assigned_client_id;  // empty if the client chose its own
    std::uint32_t session_expiry = 0;
  };
  // Lets the client in. After it `receive` takes all packets.
  void accept(const Welcome& welcome, SteadyTime now, Bytes& out);
  // CONNACK with the reason; the caller closes.
  void refuse(ReasonCode reason, Bytes& out) { refuse(reason, explanation(reason), out); }

  // --- acknowledgements -------------------------------------------------------------------------

  // Says what became of a PUBLISH or PUBREL that `receive` handed out. Answers leave in the order
  // in which the packets came (4.6), so one may be held until those before it are answered.
  // `outcome_of` is the number that `last_ticket()` gave right after the packet was received.
  using Ticket = std::uint64_t;
  [[nodiscard]] Ticket last_ticket() const { return first_ticket_ + unanswered_.size() - 1; }
  void answer(Ticket ticket, ReasonCode reason, Bytes& out);
  [[nodiscard]] std::size_t unanswered() const { return unanswered_.size(); }

  // Answers SUBSCRIBE or UNSUBSCRIBE, and says why if it was refused and the client wants to know.
  void answer(Suback packet, Bytes& out);
  void answer(Unsuback packet, Bytes& out);

  // --- the end ----------------------------------------------------------------------------------

  // Tells a 5.0 client why the server ends the connection; a 3.1.1 client has no word for it.
  // `more` goes into DISCONNECT; CONNACK takes no more of it than the reason string.
  void fail(ReasonCode reason, Bytes& out, Properties more = {});

  // When the client is to be given up for silence; never before CONNECT was accepted.
  [[nodiscard]] std::optional<SteadyTime> deadline() const;

  [[nodiscard]] Version version() const { return version_; }
  [[nodiscard]] bool is_accepted() const { return state_ == State::accepted; }
  // As the client will keep it: what it asked for, or what CONNACK told it.
  [[nodiscard]] std::uint16_t keep_alive() const { return keep_alive_; }
  // Whether the client asked for a keep-alive, of whatever length.
  [[nodiscard]] bool promises_life() const { return asked_keep_alive_ != 0; }

 private:
  enum class State : std::uint8_t { fresh, connecting, accepted, ended };
  struct Unanswered {
    PacketType answer;
    std::uint16_t packet_id;
    std::optional<ReasonCode> reason;  // empty while somebody is at it
  };

  [[nodiscard]] Action on_connect(Connect&& packet);
  [[nodiscard]] Action on_publish(Publish&& packet, Bytes& out);
  [[nodiscard]] Action on_acknowledgement(Acknowledgement&& packet, Bytes& out);
  [[nodiscard]] Action on_disconnect(const Disconnect& packet, Bytes& out);
  [[nodiscard]] Action dispatch(Packet&& packet, Bytes& out);
  [[nodiscard]] Action broken(ReasonCode reason, const char* what, Bytes& out);
  [[nodiscard]] Decoded<void> resolve_alias(Publish& packet);
  void owe(PacketType answer, std::uint16_t packet_id);
  void refuse(ReasonCode reason, std::string_view why, Bytes& out);
  // Appends the packet: without its reason string if it were too large for the client, without its
  // user properties if it is still, and else not at all (5.0, 3.1.2.11.4).
  template <typename T>
  void say(T packet, Bytes& out);

  using Aliases = std::unordered_map<std::uint16_t, std::string>;

  const Limits& limits_;
  State state_ = State::fresh;
  Version version_ = Version::v311;
  bool wants_reasons_ = true;  // in acknowledgements too
  std::uint16_t keep_alive_ = 0;
  std::uint16_t asked_keep_alive_ = 0;
  std::uint32_t session_expiry_ = 0;
  std::uint32_t unreleased_ = 0;  // QoS 2 messages that PUBREC answered and PUBCOMP has not
  std::uint32_t owed_ = 0;        // messages in `unanswered_`, PUBREL left out
  std::uint32_t peer_maximum_ = kMaxVariableInteger + 5;  // bytes of a packet
  SteadyTime last_packet_{};
  Fifo<Unanswered> unanswered_;
  Ticket first_ticket_ = 1;
  std::unique_ptr<Aliases> aliases_;  // null until the client sets one
};

}  // namespace fastness::mqtt
