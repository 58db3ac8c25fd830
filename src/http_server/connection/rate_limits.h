#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "net/token_bucket.h"

namespace fastness::http_server {

// One token bucket for each address that asked lately. Forgets those whose bucket must be full
// again. Thread-compatible.
class RateLimits {
 public:
  RateLimits(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  // Whether one more request from `address` may be served now.
  [[nodiscard]] bool take(const std::string& address, SteadyTime now);

  [[nodiscard]] std::size_t size() const { return callers_.size(); }

 private:
  struct Caller {
    net::TokenBucket bucket;
    SteadyTime last;
  };
  void forget_idle(SteadyTime now);

  double per_second_;
  double burst_;
  SteadyTime swept_{};
  std::map<std::string, Caller> callers_;
};

}  // namespace fastness::http_server
