#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "gateway/hosting/quota.h"

namespace fastness::gateway {

// Which quotas bit, whom and how often, for their owners; counted since the start of the process.
// Nobody touches it but who is refused or slowed. Thread-safe.
class QuotaLedger {
 public:
  // Limits and devices of one organisation that are told apart; beyond it devices are counted
  // together.
  static constexpr std::size_t kMaxRows = 1'000;

  struct Row {
    Quota quota;
    std::optional<DeviceId> device;  // nothing: a person, a program, or one device too many to tell
    std::uint64_t count;
    Timestamp first;
    Timestamp last;
  };

  void note(OrganisationId organisation, std::optional<DeviceId> device, Quota quota, Timestamp at);

  // The latest first.
  [[nodiscard]] std::vector<Row> of(OrganisationId organisation) const;

 private:
  using Key = std::pair<Quota, std::optional<DeviceId>>;
  struct Count {
    std::uint64_t times = 0;
    Timestamp first;
    Timestamp last;
  };
  using Counts = std::map<Key, Count>;

  mutable std::mutex mutex_;
  std::map<OrganisationId, Counts> organisations_;
};

}  // namespace fastness::gateway
