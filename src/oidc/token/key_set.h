#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/public_key/ed25519.h"
#include "crypto/public_key/p256.h"
#include "crypto/public_key/rsa.h"

namespace fastness::oidc {

// What a token may be signed by (RFC 7518, 3.1; RFC 8037, 3.1). There is no way to name another:
// neither `none`, nor HS256, whose key would be one that both sides know.
enum class Algorithm : std::uint8_t { rs256, es256, eddsa };

// Nothing for any other.
[[nodiscard]] std::optional<Algorithm> parse_algorithm(std::string_view text);

// One key of a provider.
struct SigningKey {
  std::string id;  // may be empty
  std::variant<crypto::RsaPublicKey, crypto::PublicKey, crypto::Ed25519PublicKey> key;

  // The one algorithm that it is good for.
  [[nodiscard]] Algorithm algorithm() const { return static_cast<Algorithm>(key.index()); }
  [[nodiscard]] bool verify(ByteView message, ByteView signature) const;
};

// The keys that a provider publishes (JWK Set, RFC 7517, 5). Immutable.
class KeySet {
 public:
  static constexpr std::size_t kMostKeys = fixed_limit("oidc.keys");

  // Keys of other kinds and uses, and what is no key, are left out. `invalid_argument` if it is no
  // set, `exhausted` for more than kMostKeys.
  [[nodiscard]] static Result<KeySet> parse(std::string_view untrusted_json);

  // The key of that id; of a token that names none, the only one for its algorithm. Null without
  // one, and if there are several: nobody tries them in turn.
  [[nodiscard]] const SigningKey* find(const std::optional<std::string>& id,
                                       Algorithm algorithm) const;

  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  std::vector<SigningKey> keys_;
};

}  // namespace fastness::oidc
