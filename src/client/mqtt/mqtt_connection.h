#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "mqtt/wire/packets.h"

namespace fastness::client {

// The client's side of one MQTT 5.0 connection with a clean session: the protocol alone, without
// sockets and clocks. Bytes and times come in, bytes go out. Thread-compatible.
class MqttConnection {
 public:
  struct Login {
    std::string client_id;  // empty: the server chooses one
    std::string username;   // empty: the certificate says who this is
    std::string password;
  };

  struct Events {
    // A message that a subscription let through; once, also at QoS 2.
    std::function<void(const mqtt::Publish& message)> message;
    // The server has answered for a message of ours, or for each filter of a SUBSCRIBE in order.
    std::function<void(std::uint16_t packet_id, mqtt::ReasonCode reason)> published;
    std::function<void(const std::vector<mqtt::ReasonCode>& reasons)> subscribed;
  };

  explicit MqttConnection(Events events) : events_(std::move(events)) {}

  // Queues CONNECT.
  void start(const Login& login, SteadyTime now);

  // Uses up whole packets of `input` and leaves the rest. A failure means that the server refused
  // us, ended the connection or broke the protocol, and says so in its own words where it has some.
  [[nodiscard]] Result<void> receive(Bytes& input, SteadyTime now);

  // Keeps the connection alive. `unavailable` when the server is silent.
  [[nodiscard]] Result<void> tick(SteadyTime now);

  // CONNACK has come.
  [[nodiscard]] bool is_accepted() const { return is_accepted_; }

  void subscribe(const std::vector<std::string>& filters, const mqtt::SubscriptionOptions& options);

  // Messages at QoS 1 and 2 that the server takes before it must have answered for one.
  [[nodiscard]] bool may_publish() const { return unanswered_.size() < receive_maximum_; }
  [[nodiscard]] std::size_t unanswered() const { return unanswered_.size(); }

  // Queues a message; its packet id is chosen here and returned, 0 at QoS 0. Precondition: at QoS 1
  // and 2, `may_publish()`.
  std::uint16_t publish(mqtt::Publish message);

  // Queues DISCONNECT.
  void disconnect();

  // What is to be sent. The caller takes it.
  [[nodiscard]] Bytes& output() { return output_; }

 private:
  [[nodiscard]] Result<void> handle(const mqtt::Packet& packet);
  [[nodiscard]] Result<void> handle_connack(const mqtt::Connack& packet);
  void handle_message(const mqtt::Publish& message);
  void handle_acknowledgement(const mqtt::Acknowledgement& packet);
  void acknowledge(mqtt::PacketType type, std::uint16_t packet_id);
  [[nodiscard]] std::uint16_t next_packet_id();

  Events events_;
  bool is_accepted_ = false;
  std::size_t receive_maximum_ = 65'535;
  std::uint16_t packet_id_ = 0;
  std::set<std::uint16_t> unanswered_;  // messages of ours
  std::set<std::uint16_t> unreleased_;  // QoS 2 messages of the server that were shown already
  std::chrono::seconds keep_alive_{60};
  SteadyTime last_heard_;
  SteadyTime next_ping_;
  Bytes output_;
};

// A reason code as a sentence, without a full stop.
[[nodiscard]] std::string explain(mqtt::ReasonCode reason);

// What a refusal means to whoever asked: the one table from reason codes to Errc.
[[nodiscard]] Errc errc_for(mqtt::ReasonCode reason);

}  // namespace fastness::client
