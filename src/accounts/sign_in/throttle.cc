#include "accounts/sign_in/throttle.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "base/bytes.h"

namespace fastness::accounts {

bool Throttle::take(const std::string& name, SteadyTime now) {
  if (!buckets_.contains(name)) make_room(now);
  Bucket& bucket = buckets_.try_emplace(name, Bucket{burst_, now}).first->second;
  const std::chrono::duration<double> passed = now - bucket.last;
  bucket.tokens = std::min(burst_, bucket.tokens + passed / refill_);
  bucket.last = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

void Throttle::give_back(const std::string& name) {
  if (const auto found = buckets_.find(name); found != buckets_.end()) {
    found->second.tokens = std::min(burst_, found->second.tokens + 1);
  }
}

void Throttle::make_room(SteadyTime now) {
  if (buckets_.size() < kMaxBuckets) return;
  const auto refilled = refill_ * burst_;
  std::erase_if(buckets_, [&](const auto& each) { return now - each.second.last > refilled; });
  if (buckets_.size() < kMaxBuckets) return;
  buckets_.erase(
      std::min_element(buckets_.begin(), buckets_.end(),
                       [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
}

std::string network_of(std::string_view address) {
  std::string text(address);
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return to_hex(ByteView(bytes).first(3));
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return to_hex(ByteView(bytes).first(7));
  return text;
}

}  // namespace fastness::accounts
