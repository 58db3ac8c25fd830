// A device's own renewal of its certificate (RFC 7030), as the device does it.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "client/connection/http_client.h"
#include "client/enrolment.h"
#include "device/est_renewal.h"

namespace fastness::client {

// Carries the requests of device::EstRenewal to one server, as the device whose certificate it
// shows. Errors as HttpClient's. Thread-compatible.
class EstClient {
 public:
  // `anchors_pem`: whom to trust as the server. `clock` must outlive it.
  [[nodiscard]] static Result<EstClient> open(Address server, const std::string& anchors_pem,
                                              const DeviceIdentity& shown, const Clock& clock);

  // The answer, whatever it says: what it means is for device::EstRenewal.
  [[nodiscard]] Result<device::HttpsResponse> send(const device::HttpsRequest& request);

  // By which the server's roots followed one another; nothing of it is believed yet.
  [[nodiscard]] Result<std::vector<Bytes>> root_documents();

 private:
  explicit EstClient(HttpClient http) : http_(std::move(http)) {}

  HttpClient http_;
};

// Connects to an MQTT server as this device, once, and leaves. It takes no session over.
[[nodiscard]] Result<void> connect_once(const Address& server, const std::string& anchors_pem,
                                        const DeviceIdentity& device, const Clock& clock);

}  // namespace fastness::client
