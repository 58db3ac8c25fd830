// How a device that nobody knows yet gets its first certificate: by a claim code or a claim
// certificate, over EST.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "client/connection/http_client.h"
#include "client/enrolment.h"
#include "crypto/public_key/p256.h"
#include "crypto/x509/certificate.h"
#include "tls/context/credential.h"

namespace fastness::client {

// Who asks, and by which code; none with a claim certificate.
struct ClaimAttempt {
  std::string hardware_id;
  std::optional<std::string> code;
};

// What came of asking: the certificate, or how long to wait before asking again.
struct ClaimAnswer {
  std::optional<crypto::Certificate> certificate;
  std::chrono::seconds ask_again{0};
};

// Asks one server. Errors as HttpClient's, and for a refusal as Api's, with the server's sentence.
// Thread-compatible. `clock` must outlive it.
class ClaimClient {
 public:
  // `anchors_pem`: whom to trust as the server; the system's if empty. `shown`: a claim
  // certificate, if there is one.
  [[nodiscard]] static Result<ClaimClient> open(
      Address server, const std::string& anchors_pem, const Clock& clock,
      std::optional<tls::Credential> shown = std::nullopt);

  // The same key every time: the server holds the code to the first one.
  [[nodiscard]] Result<ClaimAnswer> enrol(const ClaimAttempt& attempt,
                                          const crypto::PrivateKey& key);

  // Whom the device is to trust from now on.
  [[nodiscard]] Result<Trust> trust();

 private:
  explicit ClaimClient(HttpClient http) : http_(std::move(http)) {}

  HttpClient http_;
};

// What an answer says. A certificate for another key than `key` is `corrupted`.
[[nodiscard]] Result<ClaimAnswer> claim_answer_in(const HttpResponse& response,
                                                  const crypto::PublicKey& key);

}  // namespace fastness::client
