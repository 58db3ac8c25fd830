#pragma once

#include <cstdint>
#include <random>
#include <span>

#include "base/random.h"

namespace fastness::testing {

// Bytes that are the same in every run of a test. Never for keys. Thread-compatible.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed = 1) : engine_(seed) {}

  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace fastness::testing
