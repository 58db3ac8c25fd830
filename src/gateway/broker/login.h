#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/ids/ids.h"
#include "base/random.h"
#include "crypto/secret/secret_bytes.h"
#include "gateway/hosting/client_session.h"
#include "gateway/options.h"
#include "mqtt/wire/packets.h"

namespace fastness::gateway {

// A CONNECT packet that may have to wait for an answer: what it asks for, copied out of the input,
// within our limits. The password is zeroed with it.
class Login {
 public:
  // The reason to refuse with, if the packet asks for what nobody gets.
  static Result<Login, mqtt::ReasonCode> parse(const mqtt::Connect& packet, const Limits& limits,
                                               Timestamp now, Random& random);

  // The password, for the one who checks it.
  [[nodiscard]] std::string_view reveal_password() const { return as_text(password_.reveal()); }

  // Stock boards name themselves by their id; another board's id would let two fight (1.1).
  [[nodiscard]] bool names_another(DeviceId device) const;

  std::string client_id;
  bool is_client_id_ours = false;  // the client sent none and is told what we chose
  bool clean_start = true;
  std::chrono::seconds expiry{0};
  mqtt::Session::Peer peer;
  std::optional<std::string> username;
  std::optional<Testament> will;
  std::size_t packet_bytes = 0;  // of the CONNECT
  SteadyTime proven{};           // when the identity was proven; a cut after that still finds it

 private:
  Login() = default;
  crypto::SecretBytes password_;
};

// What a PUBLISH or a will says, as a message of its own. `number` is left zero.
[[nodiscard]] mqtt::Message to_message(std::string_view topic, ByteView payload, mqtt::Qos qos,
                                       bool retain);
// Gives `message` what is meant for its receivers (3.3.2.3), and the time it has.
void let_travel(const mqtt::Properties& properties, Timestamp now, mqtt::Message& message);

}  // namespace fastness::gateway
