// The token endpoint: an API key's id and secret for an access token of five minutes (RFC 6749,
// 4.4). Clients send them as Basic credentials, as a form or as JSON, whatever type they announce.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "accounts/sign_in/throttle.h"
#include "api/routes.h"
#include "base/fixed_limits.h"
#include "http/syntax/fields.h"
#include "http/syntax/query.h"
#include "json/object_reader.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using http::Status;

// Wrong ones, of one network at once.
constexpr std::size_t kMaxFailures = fixed_limit("tokens.failures_of_network");

struct TokenRequest {
  std::string grant_type;
  std::string client_id;
  std::string client_secret;
  std::string organisation;
};

Unexpected<Problem> denied() {
  return refuse(Status::unauthorized, "Unauthorized");
}

Result<TokenRequest, Problem> from_form(const std::string& body) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto form, http::Query::parse(body));
  const auto field = [&](std::string_view name) {
    return std::string(form.find(name).value_or(""));
  };
  return TokenRequest{field("grant_type"), field("client_id"), field("client_secret"),
                      field("organization_id")};
}

Result<TokenRequest, Problem> from_json(const std::string& body) {
  FASTNESS_ASSIGN_OR_REFUSE(const json::Value document, json::parse(body));
  const auto field = [&](std::string_view name) {
    const json::Value* value = document.find(name);
    const auto* text = value == nullptr ? nullptr : value->get<std::string>();
    return text == nullptr ? std::string() : *text;
  };
  return TokenRequest{field("grant_type"), field("client_id"), field("client_secret"),
                      field("organization_id")};
}

Result<TokenRequest, Problem> read_request(const http::Request& request) {
  auto read = http::sniff_body(request.body) == http::BodyKind::json ? from_json(request.body)
                                                                     : from_form(request.body);
  if (!read) return read;
  TokenRequest fields = std::move(read).value();
  const auto authorization = http::authorization(request.headers);
  if (authorization && authorization->scheme == "basic") {
    const auto basic = http::parse_basic(authorization->credentials);
    if (!basic) return denied();
    // RFC 6749, 2.3.1: both are form-encoded first. Ours are letters and digits, so it is all one.
    fields.client_id = basic->user;
    fields.client_secret = basic->password;
  }
  if (const auto wanted = request.headers.find("x-organization");
      wanted && fields.organisation.empty()) {
    fields.organisation = *wanted;
  }
  return fields;
}

Answer issue(Parts& parts, accounts::Throttle& failures, const Call& call) {
  auto request = read_request(call.request);
  if (!request) return propagate(std::move(request));
  if (request->grant_type != "client_credentials") {
    return refuse(Status::bad_request, "grant_type must be client_credentials",
                  "unsupported_grant_type");
  }
  const auto key = parts.accounts.api_keys().authenticate(
      request->client_id, request->client_secret, call.request.peer.address);
  if (!key) {
    // Only who is wrong pays: some clients probe with one bad attempt before each good one.
    const std::string network = accounts::network_of(call.request.peer.address);
    if (!failures.take(network, parts.clock.steady())) {
      return refuse(Status::too_many_requests, "Too many wrong credentials.");
    }
    return denied();
  }
  const auto wanted = Uuid::parse(request->organisation);
  if (!request->organisation.empty() && (!wanted || OrganisationId(*wanted) != key->organisation)) {
    return refuse(Status::forbidden, "These credentials are not of that organisation.");
  }
  parts.accounts.api_keys().used(key->client_id, call.request.peer.address);

  json::Writer out;
  out.begin_object();
  out.field("access_token", parts.accounts.tokens().issue(*key, parts.clock.now()));
  out.field("expires_in", accounts::AccessTokens::kLifetime.count());
  out.field("token_type", "Bearer");
  out.end_object();
  auto response = http::Response::json(Status::ok, std::move(out).text());
  response.headers.set("cache-control", "no-store");
  return response;
}

}  // namespace

void add_token_routes(RouteList& routes, Parts& parts) {
  const auto failures = std::make_shared<accounts::Throttle>(kMaxFailures, std::chrono::seconds(1));
  routes.add(http::Method::post, "/iot/v1/clients/token", anyone(), "",
             [&parts, failures](Call& call) { return issue(parts, *failures, call); });
}

}  // namespace fastness::api
