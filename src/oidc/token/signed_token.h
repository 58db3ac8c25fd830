#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "oidc/token/key_set.h"

namespace fastness::json {
class ObjectReader;
}

namespace fastness::oidc {

// What a provider signs for us. Each kind is read as itself, so that none passes for another (RFC
// 8725, 3.11 and 3.12).
enum class TokenKind : std::uint8_t { id, logout };

// Whose word counts, for whom, and when.
struct Expected {
  std::string issuer;
  std::string client_id;
  Timestamp now;
};

// What a provider says, as a signed compact text (RFC 7515, 3.1). Parsed, it is still what somebody
// sent: only `verify` believes it. Immutable.
class SignedToken {
 public:
  static constexpr std::size_t kMostBytes = fixed_limit("oidc.token_bytes");
  // Of what a provider calls a person, or their session there.
  static constexpr std::size_t kMostSubject = fixed_limit("oidc.subject_bytes");
  // How far the provider's clock may be from ours.
  static constexpr std::chrono::seconds kSkew{60};

  // `invalid_argument` unless it is three parts of base64url in its one spelling, whose header
  // names an algorithm of ours, no other kind, and nothing that would have to be understood
  // (`crit`).
  [[nodiscard]] static Result<SignedToken> parse(TokenKind kind,
                                                 std::string_view untrusted_compact);

  [[nodiscard]] TokenKind kind() const { return kind_; }
  [[nodiscard]] Algorithm algorithm() const { return algorithm_; }
  [[nodiscard]] const std::optional<std::string>& key_id() const { return key_id_; }

  // Takes what one kind of token claims besides.
  using Read = std::function<Result<void>(const json::ObjectReader& claims)>;
  // Gives what it claims to `read`, once, and returns what that says. `unauthenticated` unless
  // `key` signed it, and it is by this issuer, for this server alone, and neither over nor of the
  // future.
  [[nodiscard]] Result<void> verify(const SigningKey& key, const Expected& expected,
                                    const Read& read) const;

 private:
  SignedToken() = default;

  TokenKind kind_{};
  Algorithm algorithm_{};
  std::optional<std::string> key_id_;
  std::string signed_part_;
  Bytes claims_;
  Bytes signature_;
};

// Why a token counts for nothing: "the ID token has expired".
[[nodiscard]] Unexpected<Error> disbelieve(TokenKind kind, const char* what);

// A name that the provider gave, if the member is one: printable ASCII of 1 to kMostSubject.
[[nodiscard]] std::optional<std::string> find_name(const json::ObjectReader& claims,
                                                   std::string_view member);

}  // namespace fastness::oidc
