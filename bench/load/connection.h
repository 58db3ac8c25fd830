#pragma once

#include <deque>
#include <string>
#include <vector>

#include "packets.h"
#include "tls.h"

namespace fastness::load {

// What a connection is to be: who, and which filters it subscribes to at once.
struct Role {
  std::size_t identity = 0;
  std::string client_id;
  std::vector<std::string> filters;
  int qos = 0;
  Tls::Start start = Tls::Start::full;
};

// One MQTT connection on a socket that does not block, from TCP to DISCONNECT.
class Connection {
 public:
  enum class State { handshaking, greeting, subscribing, ready, failed };

  // Begins to connect.
  Connection(Tls& tls, int port, Role role);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] bool wants_to_write() const { return wants_to_write_; }
  [[nodiscard]] bool was_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

  // Goes on as far as the socket lets it. Packets that come once it is ready are given to
  // `on_packet(const Frame&)`.
  template <typename OnPacket>
  void advance(OnPacket on_packet) {
    if (state_ == State::handshaking) shake_hands();
    if (state_ == State::handshaking || state_ == State::failed) return;
    while (read_some()) {
      std::size_t used = 0;
      for (Frame frame = first_frame(in_); frame.size > 0;
           frame = first_frame(std::string_view(in_).substr(used))) {
        used += frame.size;
        if (state_ == State::ready) {
          on_packet(frame);
        } else {
          take_answer(frame);
        }
      }
      in_.erase(0, used);
    }
    flush();
  }

  // Each packet is a TLS record and a write of its own, as devices send them.
  void queue(Packet packet) { out_.push_back(std::move(packet)); }
  void flush();

  // DISCONNECT and close_notify, as far as the socket takes them.
  void say_goodbye();

  // From here on as a device whose network or power went: nothing is said, and its ticket is good.
  void say_nothing() { SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }

 private:
  void shake_hands();
  void take_answer(const Frame& frame);
  void subscribe();
  bool read_some();
  void fail(std::string why);

  Role role_;
  int descriptor_;
  SslPtr ssl_;
  State state_ = State::handshaking;
  bool wants_to_write_ = true;
  std::size_t subscribed_ = 0;
  std::string in_;
  std::deque<Packet> out_;
  std::string failure_;
};

}  // namespace fastness::load
