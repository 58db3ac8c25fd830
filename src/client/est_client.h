// A device's own renewal of its certificate (RFC 7030), as the device does it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "client/connection/http_client.h"
#include "client/enrolment.h"
#include "crypto/digest.h"
#include "crypto/x509/certificate.h"

namespace fastness::client {

// When a server wants a certificate renewed (RFC 9773, 4.2).
struct RenewalWindow {
  Timestamp start;
  Timestamp end;
};

// A moment in the window: always the same one for one certificate, and spread over the window for
// many. So a program that is run every hour needs not remember what it drew.
[[nodiscard]] Timestamp moment_in(const RenewalWindow& window, const crypto::Digest& certificate);

// Asks one server for a new certificate as the device whose certificate it shows. Errors as
// HttpClient's, and for a refusal as Api's, with the server's sentence. Thread-compatible.
class EstClient {
 public:
  // `anchors_pem`: whom to trust as the server. `clock` must outlive it.
  [[nodiscard]] static Result<EstClient> open(Address server, const std::string& anchors_pem,
                                              const DeviceIdentity& shown, const Clock& clock);

  [[nodiscard]] Result<RenewalWindow> renewal_window();

  // By which the server's roots followed one another; nothing of it is believed yet.
  [[nodiscard]] Result<std::vector<Bytes>> root_documents();

  // What the server made of a PKCS#10 request (DER), not looked at yet.
  [[nodiscard]] Result<crypto::Certificate> renew(ByteView request);

 private:
  explicit EstClient(HttpClient http) : http_(std::move(http)) {}

  [[nodiscard]] Result<HttpResponse> ask(const HttpRequest& request);

  HttpClient http_;
};

// Whether a certificate is one for this device: its name, its key, and not over. `corrupted` if
// not: the server, or who pretends to be it, answered with somebody else's.
[[nodiscard]] Result<void> check_is_for(const crypto::Certificate& certificate,
                                        const DeviceIdentity& device, Timestamp now);

// Connects to an MQTT server as this device, once, and leaves. It takes no session over.
[[nodiscard]] Result<void> connect_once(const Address& server, const std::string& anchors_pem,
                                        const DeviceIdentity& device, const Clock& clock);

}  // namespace fastness::client
