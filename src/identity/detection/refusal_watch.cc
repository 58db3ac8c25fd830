#include "identity/detection/refusal_watch.h"

namespace fastness::identity {

bool RefusalWatch::counts(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::certificate_revoked:
    case RefusalReason::device_revoked:
    case RefusalReason::suspended:
    case RefusalReason::quarantined:
    case RefusalReason::wrong_key:
      return true;
    case RefusalReason::malformed:
    case RefusalReason::unknown_certificate:
    case RefusalReason::forged:
    case RefusalReason::not_yet_valid:
    case RefusalReason::expired:
    case RefusalReason::generation:
    case RefusalReason::wrong_signature:
    case RefusalReason::in_two_places:
    case RefusalReason::unknown_device:
    case RefusalReason::no_secret:
    case RefusalReason::wrong_secret:
      return false;
  }
  return false;
}

void RefusalWatch::note(DeviceId device, RefusalReason reason, Timestamp now) {
  if (!counts(reason)) return;
  RefusedAttempts& attempts = attempts_[device];
  if (attempts.count == 0 || now - attempts.last >= kStanding) attempts = {reason, 0, now, now};
  attempts.reason = reason;
  attempts.last = now;
  ++attempts.count;
}

std::optional<RefusedAttempts> RefusalWatch::find(DeviceId device, Timestamp now) const {
  const auto found = attempts_.find(device);
  if (found == attempts_.end() || now - found->second.last >= kStanding) return std::nullopt;
  return found->second;
}

void RefusalWatch::prune(Timestamp now) {
  std::erase_if(attempts_, [&](const auto& each) { return now - each.second.last >= kStanding; });
}

}  // namespace fastness::identity
