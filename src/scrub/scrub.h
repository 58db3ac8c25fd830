#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::scrub {

// A control database: its file, and what it is or will be sealed with.
struct SealedDatabase {
  std::filesystem::path path;
  const crypto::SecretBytes& key;  // 32 bytes
};

// What came along, without names.
struct Scrubbed {
  std::int64_t organisations = 0;
  std::int64_t people = 0;
  std::int64_t devices = 0;
  std::int64_t things = 0;
};

// Makes `into`, which must not exist, out of `from`: its tables, and of what is in them only what
// kRules lets along. People have no address yet; whoever opens it first gives them made-up ones
// (accounts::give_made_up_addresses). `invalid_argument` if `from` was written by another release,
// whose tables are others; `corrupted` if it does not open; `exhausted` without room. What a
// failure leaves is to be thrown away.
[[nodiscard]] Result<Scrubbed> scrub(const SealedDatabase& from, const SealedDatabase& into);

}  // namespace fastness::scrub
