#include "oidc/token/logout_token.h"

#include <string>
#include <string_view>

#include "json/object_reader.h"
#include "json/value.h"

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

Result<Logout> take_logout(const json::ObjectReader& claims, const std::string& issuer) {
  const auto doubt = [](const char* what) { return disbelieve(TokenKind::logout, what); };
  if (!is_of_a_sign_out(claims)) return doubt("is of something else");
  if (claims.has("nonce")) return doubt("is an ID token");
  if (!find_name(claims, "jti")) return doubt("has no id");
  Logout logout{issuer, find_name(claims, "sub"), find_name(claims, "sid"),
                Timestamp(std::chrono::seconds(claims.integer("iat").value()))};
  if (!is_name_or_absent(claims, "sub") || !is_name_or_absent(claims, "sid") ||
      (!logout.subject && !logout.session)) {
    return doubt("names nobody");
  }
  return logout;
}

}  // namespace

Result<Logout> read_logout_token(const SignedToken& token, const SigningKey& key,
                                 const Expected& expected) {
  if (token.kind() != TokenKind::logout) return disbelieve(token.kind(), "is no logout token");
  Logout logout;
  FASTNESS_RETURN_IF_ERROR(
      token.verify(key, expected, [&](const json::ObjectReader& claims) -> Result<void> {
        FASTNESS_ASSIGN_OR_RETURN(logout, take_logout(claims, expected.issuer));
        return {};
      }));
  return logout;
}

}  // namespace fastness::oidc
