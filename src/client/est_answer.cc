#include "client/est_answer.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "crypto/x509/est_messages.h"
#include "http/refusal.h"

namespace fastness::client {
namespace {

// The first line: printable ASCII only.
std::string sentence_in(const HttpResponse& response) {
  std::string line = response.body.substr(0, response.body.find('\n'));
  std::erase_if(line, [](char c) { return c < ' ' || c > '~'; });
  return line.empty() ? "the server said " + std::to_string(response.status) : line;
}

}  // namespace

Result<crypto::Certificate> certificate_in(const HttpResponse& response) {
  std::string digits = response.body;
  std::erase_if(digits, [](char c) { return c == '\r' || c == '\n'; });
  FASTNESS_ASSIGN_OR_RETURN(const Bytes message, from_base64(digits));
  FASTNESS_ASSIGN_OR_RETURN(const auto certificates, crypto::read_certs_only(message));
  if (certificates.size() != 1) {
    return fail(Errc::corrupted, "the server did not answer with one certificate");
  }
  return crypto::Certificate::parse(certificates.front());
}

Unexpected<Error> refusal_in(const HttpResponse& response) {
  return fail(http::error_code(static_cast<unsigned>(response.status)), sentence_in(response));
}

}  // namespace fastness::client
