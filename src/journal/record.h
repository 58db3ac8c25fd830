#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/fixed_limits.h"

namespace fastness::journal {

// Which record: 1, 2, 3... in the order of commit, without gaps, for the life of the journal.
using Position = std::uint64_t;

// One thing that happened. What `type` means is agreed between writer and consumers.
struct Record {
  std::uint8_t type;
  Bytes payload;

  friend bool operator==(const Record&, const Record&) = default;
};

// The largest payload that one record may have.
inline constexpr std::size_t kMaxPayload = fixed_limit("journal.record_bytes");

}  // namespace fastness::journal
