#pragma once

#include <optional>
#include <string>

#include "client/connection/http_client.h"
#include "client/credentials.h"
#include "json/value.h"

namespace fastness::client {

// Speaks to one server as one API key: fetches access tokens as needed, turns refusals into errors
// with the server's own sentence. Thread-compatible. `clock` must outlive it.
class Api {
 public:
  [[nodiscard]] static Result<Api> open(Credentials credentials, const Clock& clock);

  // JSON in and out; null where the answer has no body. Errors: `invalid_argument` 400, 413, 422;
  // `unauthenticated` 401; `permission_denied` 403; `not_found` 404; `already_exists` 409;
  // `exhausted` 429; else `unavailable`.
  [[nodiscard]] Result<json::Value> get(const std::string& target);
  [[nodiscard]] Result<json::Value> send(const std::string& method, const std::string& target,
                                         const std::string& body = "");

  // A body as it comes, for exports.
  [[nodiscard]] Result<void> download(const std::string& target, const HttpClient::Sink& sink);

  // A live access token.
  [[nodiscard]] Result<std::string> token();

  [[nodiscard]] const Credentials& credentials() const { return credentials_; }
  [[nodiscard]] const std::shared_ptr<const tls::ClientContext>& context() const {
    return http_.context();
  }

 private:
  Api(Credentials credentials, HttpClient http, const Clock& clock)
      : credentials_(std::move(credentials)), http_(std::move(http)), clock_(clock) {}

  [[nodiscard]] Result<HttpRequest> authorised(HttpRequest request);

  Credentials credentials_;
  HttpClient http_;
  const Clock& clock_;
  std::string token_;
  SteadyTime token_ends_;
};

// Nothing if `response` is a success, else the error above with what the server says.
[[nodiscard]] Result<void> check_status(const HttpResponse& response);

// `text` with everything but letters, digits and -._~ as %XX (RFC 3986, 2.3).
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace fastness::client
