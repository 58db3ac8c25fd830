#include "oidc/token/id_token.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "crypto/secret/secret_bytes.h"
#include "json/object_reader.h"

namespace fastness::oidc {
namespace {

constexpr std::size_t kTokenDepth = 8;

Unexpected<Error> malformed_token(const char* what) {
  return fail(Errc::invalid_argument, std::string("the ID token ") + what);
}

Unexpected<Error> disbelieve(const char* what) {
  return fail(Errc::unauthenticated, std::string("the ID token ") + what);
}

// Tokens of other kinds say so (RFC 8725, 3.11); an ID token may say that it is a JWT.
bool is_kind_of_jwt(const json::ObjectReader& header) {
  if (!header.has("typ")) return true;
  const auto kind = header.text("typ");
  return kind && (*kind == "JWT" || *kind == "jwt");
}

// `aud` is a text or a list. More than this server is somebody whom nobody here trusts (Core,
// 3.1.3.7, 3).
bool is_for(const json::ObjectReader& claims, const std::string& client_id) {
  const json::Value* audience = claims.find("aud");
  if (audience == nullptr) return false;
  const auto is_us = [&](const json::Value& each) {
    const auto* text = each.get<std::string>();
    return text != nullptr && *text == client_id;
  };
  if (is_us(*audience)) return true;
  const auto* list = audience->get<json::Array>();
  return list != nullptr && !list->empty() && std::ranges::all_of(*list, is_us);
}

bool is_text(const json::ObjectReader& claims, std::string_view name, std::string_view wanted) {
  const auto text = claims.text(name);
  return text && *text == wanted;
}

Result<void> check_times(const json::ObjectReader& claims, Timestamp now) {
  const auto expires = claims.integer("exp");
  const auto issued = claims.integer("iat");
  const auto begins = claims.optional("nbf", &json::ObjectReader::integer);
  if (!expires || !issued || !begins) return disbelieve("says not when it is good");
  const std::int64_t seconds =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::int64_t skew = IdToken::kSkew.count();
  if (*expires <= seconds - skew) return disbelieve("has expired");
  if (*issued > seconds + skew || begins->value_or(0) > seconds + skew) {
    return disbelieve("is of the future");
  }
  return {};
}

Result<std::string> read_subject(const json::ObjectReader& claims) {
  auto subject = claims.text("sub", {1, IdToken::kMostSubject});
  const bool is_plain =
      subject && std::ranges::all_of(*subject, [](char c) { return c >= ' ' && c <= '~'; });
  if (!is_plain) return disbelieve("names nobody");
  return std::move(subject).value();
}

Result<std::string> check_claims(const json::ObjectReader& claims, const Expected& expected) {
  if (!is_text(claims, "iss", expected.issuer)) return disbelieve("is by another issuer");
  if (!is_for(claims, expected.client_id)) return disbelieve("is for somebody else");
  if (claims.has("azp") && !is_text(claims, "azp", expected.client_id)) {
    return disbelieve("was made for another party");
  }
  FASTNESS_RETURN_IF_ERROR(check_times(claims, expected.now));
  const auto nonce = claims.text("nonce");
  if (!nonce || expected.nonce.empty() ||
      !crypto::constant_time_equal(as_bytes(*nonce), as_bytes(expected.nonce))) {
    return disbelieve("answers another attempt");
  }
  return read_subject(claims);
}

}  // namespace

Result<IdToken> IdToken::parse(std::string_view untrusted_compact) {
  if (untrusted_compact.size() > kMostBytes) return malformed_token("is too long");
  const std::size_t first = untrusted_compact.find('.');
  const std::size_t last = untrusted_compact.rfind('.');
  if (first == std::string_view::npos || first == last) return malformed_token("is not signed");
  const auto header_bytes = from_base64url(untrusted_compact.substr(0, first));
  auto claims = from_base64url(untrusted_compact.substr(first + 1, last - first - 1));
  auto signature = from_base64url(untrusted_compact.substr(last + 1));
  if (!header_bytes || !claims || !signature) return malformed_token("is not encoded as one");
  const auto document = json::parse(as_text(*header_bytes), {kMostBytes, kTokenDepth});
  if (!document) return malformed_token("has no header");
  const auto header = json::ObjectReader::of(*document);
  if (!header || !is_kind_of_jwt(*header)) return malformed_token("is of another kind");
  const auto name = header->text("alg");
  const auto algorithm = name ? parse_algorithm(*name) : std::nullopt;
  if (!algorithm) return malformed_token("is signed in a way that counts for nothing");
  if (header->has("crit")) return malformed_token("asks for what nobody here understands");
  auto key_id = header->optional("kid", &json::ObjectReader::text, json::TextRange());
  if (!key_id) return malformed_token("has a key id that is none");
  IdToken token;
  token.algorithm_ = *algorithm;
  token.key_id_ = std::move(key_id).value();
  token.signed_part_ = untrusted_compact.substr(0, last);
  token.claims_ = std::move(claims).value();
  token.signature_ = std::move(signature).value();
  return token;
}

Result<std::string> IdToken::verify(const SigningKey& key, const Expected& expected) const {
  if (key.algorithm() != algorithm_ || !key.verify(as_bytes(signed_part_), signature_)) {
    return disbelieve("was not signed by its provider");
  }
  const auto document = json::parse(as_text(claims_), {kMostBytes, kTokenDepth});
  if (!document) return disbelieve("says nothing");
  const auto claims = json::ObjectReader::of(*document);
  if (!claims) return disbelieve("says nothing");
  return check_claims(*claims, expected);
}

}  // namespace fastness::oidc
