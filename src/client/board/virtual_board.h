#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "mqtt/wire/packets.h"
#include "senml/pack.h"

namespace fastness::client {

// A board as the current Arduino library makes one (protocol generation A): it connects, asks which
// thing it is, asks for last values, and only then publishes. The protocol alone, without sockets
// and clocks: bytes and times come in, bytes go out. Thread-compatible.
class VirtualBoard {
 public:
  // `renewing`: let in for its companion alone, which is to renew the certificate.
  enum class Phase { connecting, renewing, asking_for_thing, asking_for_values, running };

  struct Identity {
    std::string device_id;
    std::string secret;  // empty with a client certificate
  };

  // A part of the board's program that speaks on topics of its own, beside what the library does.
  class Companion {
   public:
    struct Message {
      std::string topic;
      std::string payload;
    };
    virtual ~Companion() = default;
    // What it listens to.
    [[nodiscard]] virtual std::vector<std::string> filters() const = 0;
    // The server has let the board in.
    virtual void accepted() = 0;
    // False if the message is not for it.
    [[nodiscard]] virtual bool take(std::string_view topic, ByteView payload) = 0;
    // What it has to say now, at most once each.
    [[nodiscard]] virtual std::vector<Message> speak() = 0;
  };

  // What the owner's side wrote: one record a property or attribute of one. Called from `receive`.
  using OnWrite = std::function<void(const senml::Record& record)>;

  // The library publishes at most once; at least once, the server says what it has on disk.
  // `companion` may be null, and must outlive the board.
  explicit VirtualBoard(Identity identity, OnWrite on_write,
                        mqtt::Qos qos = mqtt::Qos::at_most_once, Companion* companion = nullptr)
      : identity_(std::move(identity)),
        on_write_(std::move(on_write)),
        qos_(qos),
        companion_(companion) {}

  // A connection begins: everything starts from the front. If the server refused a board that has
  // a companion, the next connection asks for nothing but a renewal; the one after that is as ever.
  void start(SteadyTime now);

  // What came from the server. Uses up whole packets and leaves the rest. A failure means that the
  // server refused us or broke the protocol: drop the connection.
  [[nodiscard]] Result<void> receive(Bytes& input, SteadyTime now);

  // Repeats what was not answered, keeps the connection alive. Fails when the server is silent for
  // longer than a board waits.
  [[nodiscard]] Result<void> tick(SteadyTime now);

  // When `tick` has something to do next.
  [[nodiscard]] SteadyTime next_tick() const;

  // Sends property values, in messages no longer than a board's. Precondition: running.
  void publish(const std::vector<senml::Record>& records);

  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] const std::string& device_id() const { return identity_.device_id; }
  [[nodiscard]] const std::string& thing_id() const { return thing_id_; }
  // Messages since it was made. What was on its way when a connection broke is not repeated.
  [[nodiscard]] std::uint64_t published() const { return published_; }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  // Of this connection's messages, those that the server has yet to acknowledge.
  [[nodiscard]] std::uint64_t unanswered() const { return unanswered_; }

  // What is to be sent. The caller takes it.
  [[nodiscard]] Bytes& output() { return output_; }

 private:
  [[nodiscard]] Result<void> handle(const mqtt::Packet& packet, SteadyTime now);
  [[nodiscard]] Result<void> handle_connack(const mqtt::Connack& connack, SteadyTime now);
  [[nodiscard]] Result<void> handle_message(const mqtt::Publish& message, SteadyTime now);
  [[nodiscard]] Result<void> handle_command(ByteView payload, SteadyTime now);
  void handle_values(ByteView pack);
  void begin_asking(Phase phase, SteadyTime now);
  void ask(SteadyTime now);
  [[nodiscard]] std::uint16_t next_packet_id();
  void subscribe(const std::string& topic);
  void let_companion_speak();
  void send_values(const std::vector<senml::Record>& records);

  Identity identity_;
  OnWrite on_write_;
  mqtt::Qos qos_;
  Companion* companion_;  // null: none
  enum class Purpose : bool { work, renewal };
  Purpose purpose_ = Purpose::work;  // of this connection
  bool was_refused_ = false;         // when it last asked to work
  Phase phase_ = Phase::connecting;
  std::string thing_id_;
  Bytes output_;
  std::uint16_t packet_id_ = 0;
  std::uint64_t published_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t unanswered_ = 0;
  int asked_ = 0;
  SteadyTime next_question_;
  SteadyTime next_ping_;
  SteadyTime last_heard_;
};

}  // namespace fastness::client
