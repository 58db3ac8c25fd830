#pragma once

#include <cstdint>
#include <span>

#include "base/ids/uuid.h"

namespace fastness {

// Where random bytes come from. `crypto::SystemRandom` is the only source outside tests.
class Random {
 public:
  virtual ~Random() = default;

  // Fills `out` with bytes that nobody can predict. Thread-safe in every implementation.
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

// A version 4 UUID (RFC 9562, 5.4).
[[nodiscard]] inline Uuid random_uuid(Random& random) {
  Uuid::Bytes bytes{};
  random.fill(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
  return Uuid(bytes);
}

}  // namespace fastness
