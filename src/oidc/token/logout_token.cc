#include "oidc/token/logout_token.h"

#include <utility>

namespace fastness::oidc {
namespace {

constexpr std::string_view kSignedOut = "http://schemas.openid.net/event/backchannel-logout";

bool is_of_a_sign_out(const json::ObjectReader& claims) {
  const json::Value* events = claims.find("events");
  const json::Value* event = events == nullptr ? nullptr : events->find(kSignedOut);
  return event != nullptr && event->get<json::Object>() != nullptr;
}

// A member that is there and no name is not taken for one that is not there: then everybody's
// session would end in place of one.
bool is_name_or_absent(const json::ObjectReader& claims, std::string_view member) {
  return !claims.has(member) || find_name(claims, member);
}

}  // namespace

Result<Logout> read_logout_token(const SignedToken& token, const SigningKey& key,
                                 const Expected& expected) {
  const TokenKind kind = token.kind();
  if (kind != TokenKind::logout) return disbelieve(kind, "is no logout token");
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, token.verify(key, expected));
  const auto claims = json::ObjectReader::of(document);
  if (!claims || !is_of_a_sign_out(*claims)) return disbelieve(kind, "is of something else");
  if (claims->has("nonce")) return disbelieve(kind, "is an ID token");
  if (!find_name(*claims, "jti")) return disbelieve(kind, "has no id");
  Logout logout{expected.issuer, find_name(*claims, "sub"), find_name(*claims, "sid"),
                Timestamp(std::chrono::seconds(claims->integer("iat").value()))};
  if (!is_name_or_absent(*claims, "sub") || !is_name_or_absent(*claims, "sid") ||
      (!logout.subject && !logout.session)) {
    return disbelieve(kind, "names nobody");
  }
  return logout;
}

}  // namespace fastness::oidc
