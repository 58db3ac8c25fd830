#include "client/claim/claim_client.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/bytes.h"
#include "base/ids/uuid.h"
#include "client/est_answer.h"
#include "crypto/x509/certificate_request.h"
#include "json/value.h"

namespace fastness::client {
namespace {

constexpr const char* kFirstEnrolTarget = "/.well-known/est/simpleenroll";
// What a server may make us wait; one that says nothing gets the shortest.
constexpr std::chrono::seconds kShortestWait{5};
constexpr std::chrono::seconds kLongestWait{300};

std::chrono::seconds retry_after(const HttpResponse& response) {
  const auto header = response.headers.find("retry-after");
  if (header == response.headers.end()) return kShortestWait;
  const std::string& text = header->second;
  int seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec != std::errc()) return kShortestWait;
  return std::clamp(std::chrono::seconds(seconds), kShortestWait, kLongestWait);
}

}  // namespace

Result<ClaimClient> ClaimClient::open(Address server, const std::string& anchors_pem,
                                      const Clock& clock, std::optional<tls::Credential> shown) {
  FASTNESS_ASSIGN_OR_RETURN(auto context, trusting(anchors_pem, std::move(shown)));
  return ClaimClient(HttpClient(std::move(server), std::move(context), clock));
}

Result<ClaimAnswer> ClaimClient::enrol(const ClaimAttempt& attempt, const crypto::PrivateKey& key) {
  // Beside a code the name in the request counts for nothing.
  const auto request =
      crypto::CertificateRequest::build(key, attempt.code ? "device" : attempt.hardware_id);
  if (!request) {
    return fail(Errc::invalid_argument,
                "with a claim certificate a device's name is 1 to 64 of letters, digits, '.' and "
                "'-'");
  }
  HttpRequest post{"POST", kFirstEnrolTarget, {}, to_base64(*request)};
  post.headers = {{"Content-Type", "application/pkcs10"}};
  if (attempt.code) {
    const std::string credentials = attempt.hardware_id + ":" + *attempt.code;
    post.headers.emplace_back("Authorization", "Basic " + to_base64(as_bytes(credentials)));
  }
  FASTNESS_ASSIGN_OR_RETURN(const HttpResponse response, http_.send(post));
  return claim_answer_in(response, key.public_key());
}

Result<Trust> ClaimClient::trust() {
  FASTNESS_ASSIGN_OR_RETURN(const HttpResponse response,
                            http_.send({"GET", "/api/v1/trust", {}, ""}));
  FASTNESS_RETURN_IF_ERROR(check_status(response));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, json::parse(response.body));
  return trust_in(answer);
}

Result<ClaimAnswer> claim_answer_in(const HttpResponse& response, const crypto::PublicKey& key) {
  if (response.status == 202) return ClaimAnswer{std::nullopt, retry_after(response)};
  if (response.status != 200) return refusal_in(response);
  FASTNESS_ASSIGN_OR_RETURN(crypto::Certificate certificate, certificate_in(response));
  if (certificate.key_digest() != key.digest()) {
    return fail(Errc::corrupted, "the server's certificate is for another key");
  }
  if (!Uuid::parse(certificate.common_name())) {
    return fail(Errc::corrupted, "the server's certificate names no device");
  }
  return ClaimAnswer{std::move(certificate), std::chrono::seconds(0)};
}

}  // namespace fastness::client
