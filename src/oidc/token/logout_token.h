#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "oidc/token/key_set.h"
#include "oidc/token/signed_token.h"

namespace fastness::oidc {

// Who is signed out at a provider: all sessions of a person there, one of them, or one of which it
// does not say whose it is. One of the two is there.
struct Logout {
  std::string issuer;
  std::optional<std::string> subject;
  std::optional<std::string> session;
  Timestamp at;  // to the second
};

// Reads a logout token (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6). `unauthenticated`
// unless it is one of the kind `logout`, SignedToken::verify believes it, it says that it is of a
// sign-out and of whose, and it is no ID token.
[[nodiscard]] Result<Logout> read_logout_token(const SignedToken& token, const SigningKey& key,
                                               const Expected& expected);

}  // namespace fastness::oidc
