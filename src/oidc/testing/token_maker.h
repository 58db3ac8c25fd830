// A provider's keys, and tokens as it and its enemies would write them.
#pragma once

#include <string>
#include <string_view>

#include "crypto/public_key/ed25519.h"
#include "crypto/public_key/p256.h"
#include "crypto/testing/rsa_signer.h"
#include "oidc/token/key_set.h"

namespace fastness::oidc::testing {

class TokenMaker {
 public:
  TokenMaker();

  // One key of each kind: "r", "e" and "o".
  [[nodiscard]] std::string key_set() const;
  [[nodiscard]] std::string rsa_key() const;
  [[nodiscard]] std::string p256_key() const;
  [[nodiscard]] std::string ed25519_key() const;

  // The compact text, with the key's id and the right signature.
  [[nodiscard]] std::string sign(Algorithm algorithm, std::string_view claims) const;
  // The same with a header of one's own.
  [[nodiscard]] std::string sign(Algorithm algorithm, std::string_view header,
                                 std::string_view claims) const;

 private:
  crypto::testing::RsaSigner rsa_;
  crypto::PrivateKey p256_;
  crypto::Ed25519Key ed25519_;
};

// Header and claims with a signature of whatever bytes.
[[nodiscard]] std::string compact(std::string_view header, std::string_view claims,
                                  ByteView signature);

}  // namespace fastness::oidc::testing
