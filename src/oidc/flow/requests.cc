#include "oidc/flow/requests.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/bytes.h"
#include "json/object_reader.h"
#include "json/writer.h"
#include "oidc/token/signed_token.h"

namespace fastness::oidc {
namespace {

constexpr std::chrono::minutes kAppleSecretLife{5};

// A space is %20 in a query and may be in a form, so there is one way for both.
std::string escape(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      escaped += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    escaped += '%';
    escaped += kDigits[byte >> 4U];
    escaped += kDigits[byte & 0xfU];
  }
  return escaped;
}

std::string encode_part(const std::string& json) {
  return to_base64url(as_bytes(json));
}

}  // namespace

std::string encode_form(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (!text.empty()) text += '&';
    text += escape(name) + "=" + escape(value);
  }
  return text;
}

std::string authorization_url(const Provider& provider, const Discovery& discovery,
                              const Attempt& attempt) {
  Fields fields{{"response_type", "code"},
                {"client_id", provider.client_id},
                {"redirect_uri", attempt.redirect_uri},
                {"state", attempt.state},
                {"code_challenge", attempt.challenge()},
                {"code_challenge_method", "S256"}};
  // GitHub tells everybody's number without any scope.
  if (provider.kind != Kind::github) {
    fields.emplace_back("scope", "openid");
    fields.emplace_back("nonce", attempt.nonce);
  }
  const std::string& base = discovery.authorization_endpoint;
  const bool has_query = base.find('?') != std::string::npos;
  return base + (has_query ? "&" : "?") + encode_form(fields);
}

Request token_request(const Provider& provider, const Discovery& discovery, const Attempt& attempt,
                      const Answer& answer, std::string_view secret) {
  Fields fields{{"grant_type", "authorization_code"},
                {"code", answer.code},
                {"redirect_uri", attempt.redirect_uri},
                {"code_verifier", attempt.verifier}};
  Request request{discovery.token_endpoint};
  if (discovery.client_authentication == Discovery::ClientAuthentication::in_form) {
    fields.emplace_back("client_id", provider.client_id);
    fields.emplace_back("client_secret", secret);
  } else {
    // Each part is escaped first (RFC 6749, 2.3.1).
    const std::string pair = escape(provider.client_id) + ":" + escape(secret);
    request.authorization = "Basic " + to_base64(as_bytes(pair));
  }
  request.form = encode_form(fields);
  return request;
}

Result<std::string> read_token_answer(std::string_view untrusted_json, std::string_view member) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, json::parse(untrusted_json));
  const auto in = json::ObjectReader::of(document);
  if (!in) return json::as_error(in.error());
  auto token = in->text(member, {1, SignedToken::kMostBytes});
  if (!token) return fail(Errc::invalid_argument, "the provider gave no token for the code");
  return std::move(token).value();
}

std::string apple_client_secret(const Provider& provider, const crypto::PrivateKey& key,
                                Timestamp now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
  json::Writer header;
  header.begin_object();
  header.field("alg", "ES256");
  header.field("kid", provider.apple_key);
  header.end_object();
  json::Writer claims;
  claims.begin_object();
  claims.field("iss", provider.apple_team);
  claims.field("iat", static_cast<std::int64_t>(seconds.count()));
  claims.field("exp", static_cast<std::int64_t>((seconds + kAppleSecretLife).count()));
  claims.field("aud", provider.issuer);
  claims.field("sub", provider.client_id);
  claims.end_object();
  const std::string text = encode_part(header.text()) + "." + encode_part(claims.text());
  const crypto::EcdsaSignature pair = key.sign(as_bytes(text));
  Bytes signature(pair.r.begin(), pair.r.end());
  signature.insert(signature.end(), pair.s.begin(), pair.s.end());
  return text + "." + to_base64url(signature);
}

Discovery github_endpoints() {
  return {"https://github.com/login/oauth/authorize", "https://github.com/login/oauth/access_token",
          "", false, Discovery::ClientAuthentication::in_form};
}

Request github_user_request(const std::string& access_token) {
  return {"https://api.github.com/user", "", "Bearer " + access_token};
}

Result<std::string> read_github_user(std::string_view untrusted_json) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, json::parse(untrusted_json));
  const auto in = json::ObjectReader::of(document);
  if (!in) return json::as_error(in.error());
  const auto number = in->integer("id");
  if (!number || *number <= 0) return fail(Errc::unauthenticated, "GitHub names nobody");
  return std::to_string(*number);
}

}  // namespace fastness::oidc
