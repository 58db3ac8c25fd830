#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/fixed_limits.h"
#include "base/random.h"
#include "base/result.h"

namespace fastness::oidc {

// One person's way to a provider and back. All of it is made here, at random; `verifier` is a
// secret of this server until it is shown to the provider itself.
struct Attempt {
  std::string provider;      // its id
  std::string redirect_uri;  // where the browser comes back to
  std::string state;         // that it is the same browser's answer
  std::string nonce;         // that the token answers this attempt
  std::string verifier;      // that whoever has the code began this (RFC 7636, 4.1)

  [[nodiscard]] static Attempt make(std::string provider, std::string redirect_uri, Random& random);

  // What is said of the verifier in the browser (RFC 7636, 4.2, S256).
  [[nodiscard]] std::string challenge() const;
};

// What a browser brought back, as a stranger may have written it.
struct Answer {
  static constexpr std::size_t kMostCode = fixed_limit("oidc.code_bytes");

  std::string code;                   // empty: the provider refused
  std::optional<std::string> issuer;  // by RFC 9207

  // `invalid_argument` for a code that is too long or has other than printable characters (RFC
  // 6749, A.11).
  [[nodiscard]] static Result<Answer> read(std::string code, std::optional<std::string> issuer);
};

}  // namespace fastness::oidc
