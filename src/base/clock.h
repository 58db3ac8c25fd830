// Time, as an argument. No code outside SystemClock asks the operating system what time it is, so
// every test decides it.
#pragma once

#include <chrono>

namespace fastness {

// UTC, microseconds since 1970: what we store, sign and send.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

// Time that never jumps: deadlines, keep-alives and rates.
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;

  // Both are thread-safe in every implementation.
  [[nodiscard]] virtual Timestamp now() const = 0;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace fastness
