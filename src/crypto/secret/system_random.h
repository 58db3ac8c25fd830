#pragma once

#include "base/random.h"

namespace fastness::crypto {

// OpenSSL's private generator (SP 800-90A DRBG), which is kept apart from the one whose output
// appears on the wire. Thread-safe. A generator that fails ends the process: nothing may go on
// with bytes that somebody can guess.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace fastness::crypto
