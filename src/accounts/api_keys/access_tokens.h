#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "accounts/account.h"
#include "accounts/account_keys.h"
#include "accounts/api_keys/api_keys.h"
#include "base/fixed_limits.h"
#include "base/result.h"

namespace fastness::accounts {

// Whom a token speaks for, as its key says now.
struct TokenBearer {
  std::string client_id;
  OrganisationId organisation;
  UserId user;
  Scopes scopes;
  ThingScopes things;  // beyond these
};

// Short-lived tokens for API keys: JWTs (RFC 7519) under HMAC-SHA256. A token proves only which
// key it was issued for; what the key may do, and whether it still lives, is looked up at each use.
//
// Only the two header texts that we write are accepted, byte for byte, so there is no algorithm to
// choose and none to confuse. Thread-safe.
class AccessTokens {
 public:
  static constexpr std::chrono::seconds kLifetime{fixed_limit("tokens.life_seconds")};
  static constexpr std::size_t kMaxSize =
      fixed_limit("tokens.bytes");  // small boards read the answer into 1024 bytes

  explicit AccessTokens(const AccountKeys& keys);  // `keys` must outlive this

  [[nodiscard]] std::string issue(const ApiKey& key, Timestamp now) const;

  // `unauthenticated` unless the token is one of ours, in its time, and its key lives. One
  // of the future is not: the clock went back (kClockTolerance).
  [[nodiscard]] Result<TokenBearer> verify(std::string_view raw_token, const KeySnapshot& snapshot,
                                           Timestamp now) const;

 private:
  const AccountKeys& keys_;
  std::string current_header_;
  std::string previous_header_;  // empty if there is no previous key
};

}  // namespace fastness::accounts
