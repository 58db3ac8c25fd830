// Which devices need a person because of their certificate.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "identity/authority/progress.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::identity {

enum class AttentionReason : std::uint8_t {
  certificate_ends,   // or has ended, and the device has not renewed it
  cut_off_nears,      // of a board that cannot renew, whose key was given up
  cut_off_is_passed,  // the same, and it is let in no more
};

struct CertificateAttention {
  AttentionReason reason;
  Timestamp deadline;  // until then it is let in
};

// How long before a certificate ends, and before a cut-off, that is a person's business: long
// enough to go to a board.
inline constexpr std::chrono::days kCertificateSoon{14};
inline constexpr std::chrono::days kCutOffSoon{30};

// Nothing if the device needs nobody: because it comes in by a secret key, is kept out by its
// owner, renews by itself, or has time. It goes by itself: with a new certificate, with a later
// cut-off, with the first renewal. `of_newest` signed the newest certificate; null if that is not
// known. Pure.
[[nodiscard]] std::optional<CertificateAttention> attention_for(
    const DeviceStanding& device, bool has_secret, const vault_ipc::Generation* of_newest,
    Timestamp now);

}  // namespace fastness::identity
