#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "oidc/token/key_set.h"

namespace fastness::oidc {

// What a token must say to count.
struct Expected {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  Timestamp now;
};

// What a provider says of a person (OpenID Connect Core 1.0, 2), as a signed compact text (RFC
// 7515, 3.1). Parsed, it is still what somebody sent: only `verify` believes it. Immutable.
class IdToken {
 public:
  static constexpr std::size_t kMostBytes = fixed_limit("oidc.token_bytes");
  static constexpr std::size_t kMostSubject = fixed_limit("oidc.subject_bytes");
  // How far the provider's clock may be from ours.
  static constexpr std::chrono::seconds kSkew{60};

  // `invalid_argument` unless it is three parts of base64url in its one spelling, whose header
  // names an algorithm of ours and nothing that would have to be understood (`crit`).
  [[nodiscard]] static Result<IdToken> parse(std::string_view untrusted_compact);

  [[nodiscard]] Algorithm algorithm() const { return algorithm_; }
  [[nodiscard]] const std::optional<std::string>& key_id() const { return key_id_; }

  // The provider's name for the person. `unauthenticated` unless `key` signed it, and it is by
  // this issuer, for this server alone, answers this attempt's nonce, and is neither over nor of
  // the future.
  [[nodiscard]] Result<std::string> verify(const SigningKey& key, const Expected& expected) const;

 private:
  IdToken() = default;

  Algorithm algorithm_{};
  std::optional<std::string> key_id_;
  std::string signed_part_;
  Bytes claims_;
  Bytes signature_;
};

}  // namespace fastness::oidc
