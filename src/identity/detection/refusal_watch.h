#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "identity/admission/admission.h"

namespace fastness::identity {

// How often an identity that may not come in has tried since its owner last changed that.
struct RefusedAttempts {
  RefusalReason reason;  // of the last
  std::uint64_t count = 0;
  Timestamp first{};
  Timestamp last{};
};

// Remembers who was taken back and tries nonetheless. Only devices of the registry are counted, so
// nobody can fill it. Lives on the control thread.
class RefusalWatch {
 public:
  // How long it is remembered after the last attempt.
  static constexpr std::chrono::hours kStanding{24};

  // Whether an owner has taken this back: the device, the certificate, or the key it is for. A
  // wrong secret or an unknown certificate may be anybody's, and says nothing about a device.
  [[nodiscard]] static bool counts(RefusalReason reason);

  // Ignores reasons that do not count.
  void note(DeviceId device, RefusalReason reason, Timestamp now);
  // The owner has changed what the device may.
  void forget(DeviceId device) { attempts_.erase(device); }

  [[nodiscard]] std::optional<RefusedAttempts> find(DeviceId device, Timestamp now) const;

  // Forgets what is over. Every now and then.
  void prune(Timestamp now);

 private:
  std::unordered_map<DeviceId, RefusedAttempts> attempts_;
};

}  // namespace fastness::identity
