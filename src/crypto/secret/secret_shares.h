#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::crypto {

// One of the parts of a secret. Fewer of them than are needed say nothing about it.
struct SecretShare {
  std::uint8_t number = 0;  // counts from 1
  SecretBytes bytes;        // as many as the secret has
};

inline constexpr std::size_t kMaxShares = fixed_limit("vault.kit_shares");

// Shamir's scheme over GF(2^8), by libgfshare: any `needed` of the `count` shares give the secret.
// `invalid_argument` unless 2 <= needed <= count <= kMaxShares. One thread at a time.
[[nodiscard]] Result<std::vector<SecretShare>> split_secret(const SecretBytes& secret,
                                                            std::size_t needed, std::size_t count);

// Puts shares together. The scheme cannot tell a wrong share or too few of them: the result is then
// a wrong secret, so the caller proves it by what it opens. `invalid_argument` if there are none,
// two have one number, or their sizes differ. One thread at a time.
[[nodiscard]] Result<SecretBytes> join_shares(std::span<const SecretShare> shares);

}  // namespace fastness::crypto
