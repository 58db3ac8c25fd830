#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/ids/ids.h"

namespace fastness::identity {

// Why a device did not take a certificate that it was given, in its own words.
enum class RenewalFault : std::uint8_t {
  storage,      // it could not write it down
  key,          // it is for another key than it has
  certificate,  // it is not one, or not its own
  trial,        // nobody let it in with that one, so it went back to the old one
  other,
};

[[nodiscard]] std::string_view to_text(RenewalFault fault);

// How often a device could not renew since it last did.
struct RenewalFaults {
  RenewalFault fault;  // the last
  std::uint32_t count = 0;
  Timestamp first{};
};

// Remembers which devices are told to renew and cannot: after kMany times a person must look at
// them. Only devices that proved their key are counted, so nobody can fill it. Lives on the control
// thread.
class RenewalWatch {
 public:
  static constexpr std::uint32_t kMany = 3;

  void note(DeviceId device, RenewalFault fault, Timestamp now);
  // It has a certificate that is not due, or its owner has acted.
  void forget(DeviceId device) { faults_.erase(device); }

  // Nothing before it happened kMany times.
  [[nodiscard]] std::optional<RenewalFaults> find(DeviceId device) const;

 private:
  std::unordered_map<DeviceId, RenewalFaults> faults_;
};

}  // namespace fastness::identity
