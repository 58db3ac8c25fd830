#include "oidc/token/id_token.h"

#include <utility>

#include "crypto/secret/secret_bytes.h"

namespace fastness::oidc {
namespace {

bool answers(const json::ObjectReader& claims, std::string_view wanted) {
  const auto nonce = claims.text("nonce");
  return nonce && !wanted.empty() &&
         crypto::constant_time_equal(as_bytes(*nonce), as_bytes(wanted));
}

}  // namespace

Result<Person> read_id_token(const SignedToken& token, const SigningKey& key,
                             const Expected& expected, std::string_view nonce) {
  const TokenKind kind = token.kind();
  if (kind != TokenKind::id) return disbelieve(kind, "is no ID token");
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, token.verify(key, expected));
  const auto claims = json::ObjectReader::of(document);
  if (!claims || !answers(*claims, nonce)) return disbelieve(kind, "answers another attempt");
  auto subject = find_name(*claims, "sub");
  if (!subject) return disbelieve(kind, "names nobody");
  return Person{std::move(*subject), find_name(*claims, "sid")};
}

}  // namespace fastness::oidc
