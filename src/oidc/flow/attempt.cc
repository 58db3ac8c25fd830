#include "oidc/flow/attempt.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "crypto/secret/key_text.h"

namespace fastness::oidc {

Attempt Attempt::make(std::string provider, std::string redirect_uri, Random& random) {
  return {std::move(provider), std::move(redirect_uri), crypto::make_token(random),
          crypto::make_token(random), crypto::make_token(random)};
}

std::string Attempt::challenge() const {
  return to_base64url(crypto::sha256(as_bytes(verifier)));
}

Result<Answer> Answer::read(std::string code, std::optional<std::string> issuer) {
  const bool is_plain = std::ranges::all_of(code, [](char c) { return c >= ' ' && c <= '~'; });
  if (code.size() > kMostCode || !is_plain) {
    return fail(Errc::invalid_argument, "a code that is none");
  }
  return Answer{std::move(code), std::move(issuer)};
}

}  // namespace fastness::oidc
