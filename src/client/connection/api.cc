#include "client/connection/api.h"

#include "base/fixed_limits.h"
#include "http/refusal.h"

namespace fastness::client {

namespace {

const std::string* text_in(const json::Value* value, std::string_view name) {
  const json::Value* member = value != nullptr ? value->find(name) : nullptr;
  return member != nullptr ? member->get<std::string>() : nullptr;
}

// Ours, OAuth's, and that of the compatible API, in this order.
std::string reason_in(const HttpResponse& response) {
  const auto body = json::parse(response.body);
  if (body) {
    const json::Value* error = body->find("error");
    for (const std::string* text : {text_in(error, "message"), text_in(&*body, "error_description"),
                                    text_in(&*body, "detail")}) {
      if (text == nullptr) continue;
      const std::string* field = text_in(error, "field");
      return http::refusal_sentence(*text, field != nullptr ? *field : "");
    }
  }
  return "the server said " + std::to_string(response.status);
}

}  // namespace

Result<void> check_status(const HttpResponse& response) {
  if (response.status >= 200 && response.status < 300) return {};
  return fail(http::error_code(static_cast<unsigned>(response.status)), reason_in(response));
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  static constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xfU];
  }
  return out;
}

Result<Api> Api::open(Credentials credentials, const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(auto context, trusting(credentials.anchors_pem));
  HttpClient http(credentials.server, std::move(context), clock);
  return Api(std::move(credentials), std::move(http), clock);
}

Result<std::string> Api::token() {
  if (!token_.empty() && clock_.steady() < token_ends_) return token_;
  HttpRequest request{"POST", "/iot/v1/clients/token", {}, ""};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body =
      "grant_type=client_credentials&client_id=" + percent_encode(credentials_.client_id) +
      "&client_secret=" + percent_encode(credentials_.client_secret);
  FASTNESS_ASSIGN_OR_RETURN(const HttpResponse response, http_.send(request));
  if (response.status == 401) {
    return fail(Errc::unauthenticated,
                "the server does not accept this API key: it is wrong, has ended or was revoked; "
                "run: fastness login");
  }
  FASTNESS_RETURN_IF_ERROR(check_status(response));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value body, json::parse(response.body));
  const std::string* token = text_in(&body, "access_token");
  const json::Value* seconds = body.find("expires_in");
  const auto* life = seconds != nullptr ? seconds->get<std::int64_t>() : nullptr;
  if (token == nullptr || life == nullptr) return fail(Errc::corrupted, "the server gave no token");
  token_ = *token;
  // A little early, so that none ends on its way.
  token_ends_ = clock_.steady() + std::chrono::seconds(*life) * 4 / 5;
  return token_;
}

Result<HttpRequest> Api::authorised(HttpRequest request) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string bearer, token());
  request.headers.emplace_back("Authorization", "Bearer " + bearer);
  request.headers.emplace_back("Accept", "application/json");
  if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

Result<json::Value> Api::get(const std::string& target) {
  return send("GET", target);
}

Result<json::Value> Api::send(const std::string& method, const std::string& target,
                              const std::string& body) {
  FASTNESS_ASSIGN_OR_RETURN(const HttpRequest request, authorised({method, target, {}, body}));
  FASTNESS_ASSIGN_OR_RETURN(const HttpResponse response, http_.send(request));
  FASTNESS_RETURN_IF_ERROR(check_status(response));
  if (response.body.empty()) return json::Value();
  constexpr json::Limits kLimits{HttpClient::kMaxBody, fixed_limit("client.answer_depth")};
  return json::parse(response.body, kLimits);
}

Result<void> Api::download(const std::string& target, const HttpClient::Sink& sink) {
  FASTNESS_ASSIGN_OR_RETURN(const HttpRequest request, authorised({"GET", target, {}, ""}));
  FASTNESS_ASSIGN_OR_RETURN(const HttpResponse response, http_.send(request, sink));
  return check_status(response);
}

}  // namespace fastness::client
