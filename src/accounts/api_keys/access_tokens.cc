#include "accounts/api_keys/access_tokens.h"

#include <utility>

#include "accounts/clock_tolerance.h"
#include "crypto/digest.h"
#include "json/object_reader.h"
#include "json/writer.h"

namespace fastness::accounts {
namespace {

constexpr std::string_view kIssuer = "fastness";
constexpr std::string_view kAudience = "https://api2.arduino.cc/iot";  // clients insist on it

std::int64_t seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

Unexpected<Error> refuse() {
  return fail(Errc::unauthenticated, "not a valid access token");
}

// Names a key without telling anything about it.
std::string key_id(const crypto::SecretBytes& key) {
  const crypto::Digest digest = crypto::hmac_sha256(key, as_bytes("fastness token key id"));
  return to_hex(ByteView(digest).first(4));
}

std::string header_for(const crypto::SecretBytes& key) {
  json::Writer out;
  out.begin_object();
  out.field("alg", "HS256");
  out.field("typ", "JWT");  // clients decode the payload only if it says exactly this
  out.field("kid", key_id(key));
  out.end_object();
  return to_base64url(as_bytes(out.text()));
}

// The payload of a token whose signature holds, so its text is our own.
Result<std::string> read_client_id(std::string_view payload, Timestamp now) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes text, from_base64url(payload));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value claims, json::parse(as_text(text)));
  const auto reader = json::ObjectReader::of(claims);
  if (!reader) return refuse();
  const auto client_id = reader->text("cid");
  const auto issuer = reader->text("iss");
  const auto issued = reader->integer("iat");
  const auto expires = reader->integer("exp");
  if (!client_id || !issuer || !issued || !expires || *issuer != kIssuer) return refuse();
  if (seconds(now) >= *expires || *issued > *expires) return refuse();
  if (*issued > seconds(now + kClockTolerance)) return refuse();
  return *client_id;
}

}  // namespace

AccessTokens::AccessTokens(const AccountKeys& keys)
    : keys_(keys), current_header_(header_for(keys.token_current)) {
  if (keys.token_previous.size() != 0) previous_header_ = header_for(keys.token_previous);
}

std::string AccessTokens::issue(const ApiKey& key, Timestamp now) const {
  json::Writer out;
  out.begin_object();
  out.field("iss", kIssuer);
  out.field("aud", kAudience);
  out.field("sub", key.client_id + "@clients");
  out.field("gty", "client-credentials");
  out.field("cid", key.client_id);
  out.field("org", key.organisation.value());
  out.field("http://arduino.cc/id", key.user.value());
  out.field("iat", seconds(now));
  out.field("exp", seconds(now + kLifetime));
  out.end_object();

  std::string token = current_header_ + "." + to_base64url(as_bytes(out.text()));
  const crypto::Digest signature = crypto::hmac_sha256(keys_.token_current, as_bytes(token));
  token += "." + to_base64url(signature);
  return token;
}

Result<TokenBearer> AccessTokens::verify(std::string_view raw_token, const KeySnapshot& snapshot,
                                         Timestamp now) const {
  if (raw_token.size() > kMaxSize) return refuse();
  const std::size_t first = raw_token.find('.');
  const std::size_t last = raw_token.rfind('.');
  if (first == std::string_view::npos || first == last) return refuse();
  const auto header = raw_token.substr(0, first);
  const auto payload = raw_token.substr(first + 1, last - first - 1);
  if (payload.find('.') != std::string_view::npos) return refuse();

  const bool is_current = header == current_header_;
  if (!is_current && (previous_header_.empty() || header != previous_header_)) return refuse();
  const crypto::SecretBytes& key = is_current ? keys_.token_current : keys_.token_previous;
  const crypto::Digest signature = crypto::hmac_sha256(key, as_bytes(raw_token.substr(0, last)));
  // Texts are compared, not bytes: base64url has several spellings of the last bits.
  if (!crypto::constant_time_equal(as_bytes(to_base64url(signature)),
                                   as_bytes(raw_token.substr(last + 1)))) {
    return refuse();
  }

  auto client_id = read_client_id(payload, now);
  if (!client_id) return refuse();
  const KeyView* view = snapshot.find(*client_id, now);
  if (view == nullptr) return refuse();
  return TokenBearer{std::move(client_id).value(), view->organisation, view->user, view->scopes,
                     view->things};
}

}  // namespace fastness::accounts
