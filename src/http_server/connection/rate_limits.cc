#include "http_server/connection/rate_limits.h"

namespace fastness::http_server {

bool RateLimits::take(const std::string& address, SteadyTime now) {
  forget_idle(now);
  auto [found, is_new] =
      callers_.try_emplace(address, Caller{net::TokenBucket(per_second_, burst_), now});
  found->second.last = now;
  return found->second.bucket.take(now);
}

void RateLimits::forget_idle(SteadyTime now) {
  const auto full_again =
      std::chrono::ceil<SteadyTime::duration>(std::chrono::duration<double>(burst_ / per_second_));
  if (now - swept_ < full_again) return;
  swept_ = now;
  std::erase_if(callers_, [&](const auto& entry) { return now - entry.second.last >= full_again; });
}

}  // namespace fastness::http_server
