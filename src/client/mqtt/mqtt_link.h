#pragma once

#include "client/connection/api.h"
#include "client/connection/transport.h"
#include "client/mqtt/mqtt_connection.h"

namespace fastness::client {

struct DeviceIdentity;

// An MqttConnection over a Transport: what `fastness mqtt` speaks with. Thread-compatible.
class MqttLink {
 public:
  // `clock` must outlive it. Nothing is sent yet.
  MqttLink(Transport transport, MqttConnection::Login login, MqttConnection::Events events,
           const Clock& clock)
      : transport_(std::move(transport)),
        login_(std::move(login)),
        mqtt_(std::move(events)),
        clock_(&clock) {}

  // Does what can be done now: connects, reads, sends. A failure ends the connection.
  [[nodiscard]] Result<void> advance();

  // Advances until the server has let us in. Errors as `advance`, or `unavailable` if it takes more
  // than ten seconds.
  [[nodiscard]] Result<void> open();

  // DISCONNECT, as far as it can be sent within two seconds.
  void close();

  [[nodiscard]] MqttConnection& mqtt() { return mqtt_; }
  [[nodiscard]] const Transport& transport() const { return transport_; }

 private:
  Transport transport_;
  MqttConnection::Login login_;
  MqttConnection mqtt_;
  const Clock* clock_;
  bool is_started_ = false;
};

// How a person's program comes in: the user id and an access token of the API key.
[[nodiscard]] Result<MqttConnection::Login> login_of(Api& api, std::string client_id);

// How a device comes in: by its certificate. Nothing is sent yet. `client_id` may be empty: then
// the server chooses one, and the device's own session lives on. `unavailable` if the server's name
// cannot be found, `invalid_argument` for a bad certificate or key.
[[nodiscard]] Result<MqttLink> link_of_device(const Address& server, const std::string& anchors_pem,
                                              const DeviceIdentity& device, std::string client_id,
                                              const Clock& clock);

// The user id that an access token names; the token is not verified here, the server does that.
// `corrupted` if it names none.
[[nodiscard]] Result<std::string> user_of_token(std::string_view token);

}  // namespace fastness::client
