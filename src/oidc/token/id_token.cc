#include "oidc/token/id_token.h"

#include <utility>

#include "crypto/secret/secret_bytes.h"
#include "json/object_reader.h"

namespace fastness::oidc {
namespace {

bool answers(const json::ObjectReader& claims, std::string_view wanted) {
  const auto nonce = claims.text("nonce");
  return nonce && !wanted.empty() &&
         crypto::constant_time_equal(as_bytes(*nonce), as_bytes(wanted));
}

Result<Person> take_person(const json::ObjectReader& claims, std::string_view nonce) {
  if (!answers(claims, nonce)) return disbelieve(TokenKind::id, "answers another attempt");
  auto subject = find_name(claims, "sub");
  if (!subject) return disbelieve(TokenKind::id, "names nobody");
  return Person{std::move(*subject), find_name(claims, "sid")};
}

}  // namespace

Result<Person> read_id_token(const SignedToken& token, const SigningKey& key,
                             const Expected& expected, std::string_view nonce) {
  if (token.kind() != TokenKind::id) return disbelieve(token.kind(), "is no ID token");
  Person person;
  FASTNESS_RETURN_IF_ERROR(
      token.verify(key, expected, [&](const json::ObjectReader& claims) -> Result<void> {
        FASTNESS_ASSIGN_OR_RETURN(person, take_person(claims, nonce));
        return {};
      }));
  return person;
}

}  // namespace fastness::oidc
