#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "oidc/token/key_set.h"
#include "oidc/token/signed_token.h"

namespace fastness::oidc {

// Whom a provider vouches for, as it calls them.
struct Person {
  std::string subject;
  std::optional<std::string> session;  // their session there, if it says (Back-Channel Logout, 2.1)
};

// Reads an ID token (OpenID Connect Core 1.0, 2 and 3.1.3.7). `unauthenticated` unless it is one of
// the kind `id`, SignedToken::verify believes it, and it answers this attempt's nonce.
[[nodiscard]] Result<Person> read_id_token(const SignedToken& token, const SigningKey& key,
                                           const Expected& expected, std::string_view nonce);

}  // namespace fastness::oidc
