#include "api/est/est_message.h"

#include "base/fixed_limits.h"
#include "crypto/x509/est_messages.h"
#include "http/headers.h"
#include "http/syntax/fields.h"

namespace fastness::api::est {
namespace {

using http::Status;

constexpr std::size_t kMaxRequest = fixed_limit("renewals.request_bytes");

// In lines, since older decoders take no longer ones.
std::string to_lines(const std::string& digits) {
  constexpr std::size_t kWidth = 64;
  std::string lines;
  for (std::size_t i = 0; i < digits.size(); i += kWidth) lines += digits.substr(i, kWidth) + "\n";
  return lines;
}

bool is_pkcs10(const http::Headers& headers) {
  std::string_view type = headers.find("content-type").value_or("");
  return http::equal_ignoring_case(http::trim(http::take_until(type, ';')), "application/pkcs10");
}

}  // namespace

http::Response base64_body(std::string_view type, ByteView der) {
  http::Response response = http::Response::text(Status::ok, to_lines(to_base64(der)));
  response.headers.set("content-type", type);
  // RFC 8951 has everybody ignore it; clients of RFC 7030 insist on it.
  response.headers.set("content-transfer-encoding", "base64");
  return response;
}

http::Response certificate_body(const crypto::Certificate& certificate) {
  return base64_body("application/pkcs7-mime; smime-type=certs-only",
                     crypto::certs_only_message({to_bytes(certificate.der())}));
}

Result<Bytes, Problem> read_request(const Call& call) {
  if (!is_pkcs10(call.request.headers)) {
    return refuse(Status::unsupported_media_type, "Send a request of type application/pkcs10.");
  }
  if (call.request.body.size() > kMaxRequest) {
    return refuse(Status::content_too_large,
                  "A request has at most " + std::to_string(kMaxRequest) + " bytes.");
  }
  std::string digits = call.request.body;
  std::erase_if(digits, [](char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\t'; });
  auto der = from_base64(digits);
  if (!der || der->empty()) {
    return refuse(Status::bad_request, "The body must be a PKCS#10 request as base64 of its DER.");
  }
  return std::move(der).value();
}

Result<std::optional<Bytes>, Problem> read_old_key_signature(const Call& call) {
  const auto field = call.request.headers.find(kOldKeySignature);
  if (!field) return std::optional<Bytes>();
  auto signature = from_base64(*field);
  if (!signature || signature->empty()) {
    return refuse(Status::bad_request,
                  "Fastness-Old-Key-Signature must be one signature, in base64 of its DER.");
  }
  return std::optional(std::move(signature).value());
}

bool is_label_of(const Call& call, OrganisationId organisation) {
  const std::string_view label = call.request.parameters.find("label");
  return label.empty() || label == organisation.value().to_text();
}

}  // namespace fastness::api::est
