#include "oidc/token/signed_token.h"

#include <algorithm>
#include <utility>

#include "json/object_reader.h"
#include "json/value.h"

namespace fastness::oidc {
namespace {

constexpr std::size_t kTokenDepth = 8;

std::string sentence(TokenKind kind, const char* what) {
  return (kind == TokenKind::id ? "the ID token " : "the logout token ") + std::string(what);
}

Unexpected<Error> malformed(TokenKind kind, const char* what) {
  return fail(Errc::invalid_argument, sentence(kind, what));
}

// Tokens of other kinds say so; both of ours may say no more than that they are a JWT.
bool may_be(TokenKind kind, const json::ObjectReader& header) {
  if (!header.has("typ")) return true;
  const auto type = header.text("typ");
  if (!type) return false;
  return *type == "JWT" || *type == "jwt" || (kind == TokenKind::logout && *type == "logout+jwt");
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

Result<void> check_times(TokenKind kind, const json::ObjectReader& claims, Timestamp now) {
  const auto expires = claims.integer("exp");
  const auto issued = claims.integer("iat");
  const auto begins = claims.optional("nbf", &json::ObjectReader::integer);
  if (!expires || !issued || *issued < 0 || !begins) {
    return disbelieve(kind, "says not when it is good");
  }
  const std::int64_t seconds =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::int64_t skew = SignedToken::kSkew.count();
  if (*expires <= seconds - skew) return disbelieve(kind, "has expired");
  if (*issued > seconds + skew || begins->value_or(0) > seconds + skew) {
    return disbelieve(kind, "is of the future");
  }
  return {};
}

}  // namespace

Unexpected<Error> disbelieve(TokenKind kind, const char* what) {
  return fail(Errc::unauthenticated, sentence(kind, what));
}

std::optional<std::string> find_name(const json::ObjectReader& claims, std::string_view member) {
  auto name = claims.text(member, {1, SignedToken::kMostSubject});
  if (!name) return std::nullopt;
  const bool is_plain = std::ranges::all_of(*name, [](char c) { return c >= ' ' && c <= '~'; });
  return is_plain ? std::optional(std::move(name).value()) : std::nullopt;
}

Result<SignedToken> SignedToken::parse(TokenKind kind, std::string_view untrusted_compact) {
  if (untrusted_compact.size() > kMostBytes) return malformed(kind, "is too long");
  const std::size_t first = untrusted_compact.find('.');
  const std::size_t last = untrusted_compact.rfind('.');
  if (first == std::string_view::npos || first == last) return malformed(kind, "is not signed");
  const auto header_bytes = from_base64url(untrusted_compact.substr(0, first));
  auto claims = from_base64url(untrusted_compact.substr(first + 1, last - first - 1));
  auto signature = from_base64url(untrusted_compact.substr(last + 1));
  if (!header_bytes || !claims || !signature) return malformed(kind, "is not encoded as one");
  const auto document = json::parse(as_text(*header_bytes), {kMostBytes, kTokenDepth});
  if (!document) return malformed(kind, "has no header");
  const auto header = json::ObjectReader::of(*document);
  if (!header || !may_be(kind, *header)) return malformed(kind, "is of another kind");
  const auto name = header->text("alg");
  const auto algorithm = name ? parse_algorithm(*name) : std::nullopt;
  if (!algorithm) return malformed(kind, "is signed in a way that counts for nothing");
  if (header->has("crit")) return malformed(kind, "asks for what nobody here understands");
  auto key_id = header->optional("kid", &json::ObjectReader::text, json::TextRange());
  if (!key_id) return malformed(kind, "has a key id that is none");
  SignedToken token;
  token.kind_ = kind;
  token.algorithm_ = *algorithm;
  token.key_id_ = std::move(key_id).value();
  token.signed_part_ = untrusted_compact.substr(0, last);
  token.claims_ = std::move(claims).value();
  token.signature_ = std::move(signature).value();
  return token;
}

Result<void> SignedToken::verify(const SigningKey& key, const Expected& expected,
                                 const Read& read) const {
  if (key.algorithm() != algorithm_ || !key.verify(as_bytes(signed_part_), signature_)) {
    return disbelieve(kind_, "was not signed by its provider");
  }
  const auto document = json::parse(as_text(claims_), {kMostBytes, kTokenDepth});
  if (!document) return disbelieve(kind_, "says nothing");
  const auto claims = json::ObjectReader::of(*document);
  if (!claims) return disbelieve(kind_, "says nothing");
  if (!is_text(*claims, "iss", expected.issuer)) return disbelieve(kind_, "is by another issuer");
  if (!is_for(*claims, expected.client_id)) return disbelieve(kind_, "is for somebody else");
  if (claims->has("azp") && !is_text(*claims, "azp", expected.client_id)) {
    return disbelieve(kind_, "was made for another party");
  }
  FASTNESS_RETURN_IF_ERROR(check_times(kind_, *claims, expected.now));
  return read(*claims);
}

}  // namespace fastness::oidc
