#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/environment.h"
#include "base/ids/uuid.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace fastness::backup {

// What a backup says of itself in clear, at its beginning; the vault writes it
// (src/vault/recovery/backup_head.h). Nothing proves it until the backup is opened.
struct PublicHead {
  Uuid instance{Uuid::Bytes{}};
  Environment environment = Environment::production;  // as a backup says nothing of before it did
  std::uint32_t month = 0;  // whose key seals it, counted from January of the year 0
  Timestamp created_at{};
  crypto::Digest digest{};  // of the whole head, with what is sealed in it
};

// Reads an open file from where it is, and leaves it where the sealed files begin.
// `invalid_argument` if it is no backup of this version, or ends before.
[[nodiscard]] Result<PublicHead> read_public_head(int file);

// "2026-12", as the vault writes it.
[[nodiscard]] std::string month_text(std::uint32_t month);
// The month of a moment, UTC, counted in the same way.
[[nodiscard]] std::uint32_t month_at(Timestamp time);

}  // namespace fastness::backup
