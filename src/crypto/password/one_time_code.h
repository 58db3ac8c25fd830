// Codes that a person types from an app: RFC 4226 and RFC 6238, as every authenticator reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::crypto {

// HMAC-SHA-1 is what apps compute whatever else they are told (RFC 4226, 4, R6: at least 128 bits
// of secret, 160 recommended). Its weakness to collisions does not touch an HMAC.
inline constexpr std::size_t kOneTimeSecretSize = 20;
inline constexpr int kOneTimeDigits = 6;
inline constexpr std::chrono::seconds kOneTimeStep{30};

// The step that `time` lies in (RFC 6238, 4.2). Times before 1970 are step 0.
[[nodiscard]] std::uint64_t one_time_step(Timestamp time);

// The code of one step as text with leading zeros (RFC 4226, 5.3). `digits` is 6 to 8. Thread-safe.
[[nodiscard]] std::string one_time_code(const SecretBytes& secret, std::uint64_t step,
                                        int digits = kOneTimeDigits);

// RFC 4648, 6, without padding: how apps and people read a secret.
[[nodiscard]] std::string to_base32(ByteView bytes);

}  // namespace fastness::crypto
