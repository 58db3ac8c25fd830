#include "gateway/hosting/quota_ledger.h"

#include <algorithm>

namespace fastness::gateway {

void QuotaLedger::note(OrganisationId organisation, std::optional<DeviceId> device, Quota quota,
                       Timestamp at) {
  const std::lock_guard lock(mutex_);
  Counts& counts = organisations_[organisation];
  auto place = counts.find({quota, device});
  if (place == counts.end()) {
    const bool is_full = counts.size() >= kMaxRows;
    place = counts.try_emplace({quota, is_full ? std::nullopt : device}).first;
  }
  Count& count = place->second;
  if (count.times++ == 0) count.first = at;
  count.last = at;
}

std::vector<QuotaLedger::Row> QuotaLedger::of(OrganisationId organisation) const {
  std::vector<Row> rows;
  {
    const std::lock_guard lock(mutex_);
    const auto found = organisations_.find(organisation);
    if (found == organisations_.end()) return rows;
    for (const auto& [key, count] : found->second) {
      rows.push_back({key.first, key.second, count.times, count.first, count.last});
    }
  }
  std::ranges::stable_sort(rows, std::greater<>{}, &Row::last);
  return rows;
}

}  // namespace fastness::gateway
