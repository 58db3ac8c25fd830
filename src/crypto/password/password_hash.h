#pragma once

#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::crypto {

inline constexpr std::size_t kPasswordSaltSize = 16;

// Argon2id (RFC 9106) with three passes over 64 MiB: 32 bytes. Takes about a tenth of a second of
// processor time and all of that memory, so callers bound how many run at once. `salt` has
// kPasswordSaltSize bytes, else `invalid_argument`; `unavailable` if the memory cannot be had.
// Thread-safe.
[[nodiscard]] Result<SecretBytes> argon2id(std::string_view password, ByteView salt);

}  // namespace fastness::crypto
