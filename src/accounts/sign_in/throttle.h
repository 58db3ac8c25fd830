#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace fastness::accounts {

// Token buckets by name: each lets through `burst` attempts at once and one per `refill` after
// that. Memory is bounded; when it is full, a bucket nobody used for longest makes room. Pure: the
// caller says what time it is. Thread-compatible.
class Throttle {
 public:
  static constexpr std::size_t kMaxBuckets = 10'000;

  Throttle(double burst, std::chrono::milliseconds refill) : burst_(burst), refill_(refill) {}

  [[nodiscard]] bool take(const std::string& name, SteadyTime now);
  // After an attempt that proved to be welcome.
  void give_back(const std::string& name);

 private:
  struct Bucket {
    double tokens;
    SteadyTime last;
  };
  void make_room(SteadyTime now);

  double burst_;
  std::chrono::milliseconds refill_;
  std::unordered_map<std::string, Bucket> buckets_;
};

// The network an address belongs to, as far as one subscriber's goes: IPv4 /24, IPv6 /56. An
// address that is neither is its own network.
[[nodiscard]] std::string network_of(std::string_view address);

}  // namespace fastness::accounts
