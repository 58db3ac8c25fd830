// When a device renews its certificate, and what is kept of its doing so.
#pragma once

#include <chrono>

#include "base/clock.h"
#include "crypto/digest.h"
#include "identity/admission/admission.h"

namespace fastness::identity {

// How long a renewal may be asked for again: the same request gets the same certificate, so that an
// answer which was lost costs nothing, and another request means that two hold the key.
inline constexpr std::chrono::minutes kRenewalRepeat{10};

// When to renew a certificate: at a moment that the device picks at random between the two, at once
// if that has passed (RFC 9773, 4.2).
struct RenewalWindow {
  Timestamp start;
  Timestamp end;

  friend bool operator==(const RenewalWindow&, const RenewalWindow&) = default;
};

// From the middle of its life on, over a third of it; a board that renews counts as short-lived as
// any other device. Once its generation was given up: within minutes of that. Pure.
[[nodiscard]] RenewalWindow renewal_window(const LedgeredLeaf& leaf,
                                           const vault_ipc::Generation& generation);

// The last renewal of a device.
struct Renewal {
  crypto::Digest old_leaf{};
  crypto::Digest request{};  // SHA-256
  crypto::Digest new_leaf{};
  Timestamp at{};
};

// Whether the last renewal was of this certificate a moment ago, so that the same request gets its
// answer again. What it gave must be of use still. Pure.
[[nodiscard]] bool is_repeatable(const Renewal& last, const crypto::Digest& leaf,
                                 const AdmissionSnapshot& snapshot, Timestamp now);

}  // namespace fastness::identity
