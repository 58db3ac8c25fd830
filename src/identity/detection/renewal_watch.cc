#include "identity/detection/renewal_watch.h"

namespace fastness::identity {

std::string_view to_text(RenewalFault fault) {
  switch (fault) {
    case RenewalFault::storage:
      return "storage";
    case RenewalFault::key:
      return "key";
    case RenewalFault::certificate:
      return "certificate";
    case RenewalFault::trial:
      return "trial";
    case RenewalFault::other:
      return "other";
  }
  return "other";
}

void RenewalWatch::note(DeviceId device, RenewalFault fault, Timestamp now) {
  RenewalFaults& faults = faults_.try_emplace(device, RenewalFaults{fault, 0, now}).first->second;
  faults.fault = fault;
  ++faults.count;
}

std::optional<RenewalFaults> RenewalWatch::find(DeviceId device) const {
  const auto found = faults_.find(device);
  if (found == faults_.end() || found->second.count < kMany) return std::nullopt;
  return found->second;
}

}  // namespace fastness::identity
