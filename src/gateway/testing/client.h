#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mqtt/wire/decoder.h"
#include "mqtt/wire/encoder.h"
#include "tls/context/client_context.h"

namespace fastness::gateway::testing {

// An MQTT client over real TLS on loopback, as simple as can be: it sends what it is told and waits
// for what comes. Every wait ends after ten seconds; then the answer is "nothing".
class Client {
 public:
  // Connects and shakes hands; see `is_up`.
  Client(const tls::ClientContext& context, std::uint16_t port,
         const std::optional<tls::Session>& session = std::nullopt);
  // Connects without TLS.
  explicit Client(std::uint16_t port);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] bool is_up() const { return up_; }
  [[nodiscard]] tls::Stream& stream() { return *stream_; }

  void send_bytes(ByteView bytes);
  template <typename T>
  void send(const T& packet) {
    Bytes out;
    if constexpr (std::is_same_v<T, mqtt::Connect>) {
      version_ = packet.version;
      encode(packet, out);
    } else {
      encode(packet, version_, out);
    }
    send_bytes(out);
  }

  // The next packet; its views live until the next call. Nothing if the connection ended instead.
  std::optional<mqtt::Packet> next();
  // The next packet if it is a T.
  template <typename T>
  std::optional<T> expect() {
    auto packet = next();
    if (!packet || !std::holds_alternative<T>(*packet)) return std::nullopt;
    return std::get<T>(std::move(*packet));
  }
  // The next bytes as they came, so many; fewer if the connection ended or nothing more came.
  Bytes take(std::size_t count);
  // Whether the server ended the connection, with nothing more said. Not so if it just says
  // nothing.
  [[nodiscard]] bool is_closed_by_server();
  // Ends the connection as a network failure does.
  void vanish();
  // Ends it with a reset, as the system of a program does that was killed with bytes unread.
  void reset();
  // Where the server sees it come from.
  [[nodiscard]] std::uint16_t port() const;

  // Whole conversations.
  std::optional<mqtt::Connack> connect(mqtt::Connect packet);
  // The reason codes of SUBACK.
  std::vector<mqtt::ReasonCode> subscribe(const std::vector<std::string>& filters, mqtt::Qos qos);
  void publish(std::string_view topic, std::string_view payload,
               mqtt::Qos qos = mqtt::Qos::at_most_once, bool retain = false);
  // Topic and payload of the next packet, "topic=payload"; empty if it is no PUBLISH. Answers
  // QoS 1 with PUBACK.
  std::string next_message();
  // Nothing has come that was sent before this: waits for the answer to a PINGREQ.
  [[nodiscard]] bool has_nothing();

 private:
  [[nodiscard]] bool wait(short events);
  [[nodiscard]] bool fill();
  [[nodiscard]] tls::Step read_some(std::span<std::uint8_t> out);
  [[nodiscard]] tls::Step write_some(ByteView bytes);

  int descriptor_ = -1;
  std::optional<tls::Stream> stream_;  // none without TLS
  bool up_ = false;
  bool has_waited_in_vain_ = false;
  mqtt::Version version_ = mqtt::Version::v311;
  std::uint16_t next_id_ = 1;
  Bytes input_;
  Bytes packet_;  // what the views of the last packet point into
};

}  // namespace fastness::gateway::testing
