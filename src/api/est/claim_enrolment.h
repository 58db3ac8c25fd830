#pragma once

#include "accounts/sign_in/throttle.h"
#include "api/access/policy.h"
#include "api/parts.h"

namespace fastness::api::est {

// simpleenroll by a claim code (docs/decisions/0039): HTTP Basic, the name is the hardware id, the
// password the code. Or by a claim certificate (docs/decisions/0053), which the TLS handshake
// proved: the hardware id is the common name of the request. What nobody knew becomes a device of
// the organisation's. `parts` must outlive it. Control thread.
class ClaimEnrolment {
 public:
  explicit ClaimEnrolment(Parts& parts);

  // The certificate; 202 while the owner has not decided. The caller must be a claimant.
  [[nodiscard]] Answer enrol(Call& call);

 private:
  [[nodiscard]] Answer enrol_at_its_pace(Call& call, bool& is_welcome);

  Parts& parts_;
  accounts::Throttle failures_;  // by network
  accounts::Throttle requests_;  // by key
};

}  // namespace fastness::api::est
