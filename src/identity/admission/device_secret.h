// What may be a device's secret key.
#pragma once

#include <string>
#include <string_view>

#include "base/fixed_limits.h"
#include "base/random.h"
#include "base/result.h"

namespace fastness::identity {

// Thirty-two letters and digits: 190 bits.
[[nodiscard]] std::string random_secret(Random& random);

inline constexpr std::size_t kMinSecret = fixed_limit("device_secrets.least_bytes");
inline constexpr std::size_t kMaxSecret = fixed_limit("device_secrets.bytes");

// Whether a secret that a person chose is long and strong enough to be kept under a fast hash:
// kMinSecret to kMaxSecret printable ASCII characters that take 2^64 guesses or more.
// `invalid_argument` says which rule it breaks, never the secret.
[[nodiscard]] Result<void> check_chosen_secret(std::string_view secret);

}  // namespace fastness::identity
