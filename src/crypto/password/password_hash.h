#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::crypto {

inline constexpr std::size_t kPasswordSaltSize = 16;

// How much a guess costs: passes over so many KiB of memory.
struct PasswordCost {
  std::uint32_t passes;
  std::uint32_t memory_kib;
  friend bool operator==(const PasswordCost&, const PasswordCost&) = default;
};

// What a password that is stored today costs. It may grow: each hash is kept with its own.
inline constexpr PasswordCost kPasswordCost{3, 64 * 1024};

// Argon2id (RFC 9106): 32 bytes. At kPasswordCost it takes about a tenth of a second of processor
// time and all of that memory, so callers bound how many run at once. `salt` has kPasswordSaltSize
// bytes, else `invalid_argument`; `unavailable` if the memory cannot be had. Thread-safe.
[[nodiscard]] Result<SecretBytes> argon2id(std::string_view password, ByteView salt,
                                           PasswordCost cost);

// The same with three passes over 64 MiB for ever: keys on disk are made by it.
[[nodiscard]] Result<SecretBytes> argon2id(std::string_view password, ByteView salt);

}  // namespace fastness::crypto
