#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace fastness::client {

// How long things took, to within three percent, in a fixed 15 kB whatever their number: 32 steps
// for each doubling, from a microsecond to over a day. A value.
class LatencyHistogram {
 public:
  void add(std::chrono::nanoseconds latency);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::chrono::microseconds longest() const { return longest_; }

  // The time within which that share of all was done, 0 < share ≤ 1. Zero if there were none.
  [[nodiscard]] std::chrono::microseconds percentile(double share) const;

  struct Range {
    std::chrono::microseconds under;  // this and not under the range before
    std::uint64_t count;
  };
  // Those that hold something, each twice as wide as the one before.
  [[nodiscard]] std::vector<Range> ranges() const;

  // A line for each of these: its end, how many, and a bar.
  [[nodiscard]] std::string to_text() const;

 private:
  static constexpr std::size_t kSteps = 32;
  static constexpr std::size_t kDoublings = 38;

  [[nodiscard]] static std::size_t slot_of(std::uint64_t microseconds);
  [[nodiscard]] static std::uint64_t end_of(std::size_t slot);

  std::array<std::uint64_t, kSteps * kDoublings> slots_{};
  std::uint64_t count_ = 0;
  std::chrono::microseconds longest_{0};
};

}  // namespace fastness::client
