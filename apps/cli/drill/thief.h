#pragma once

#include <optional>
#include <string>

#include "../local_instance.h"
#include "base/clock.h"
#include "client/enrolment.h"
#include "crypto/x509/certificate.h"

namespace fastness::cli {

// Whoever has the private key of a device authority, and what can be done with it.
class Thief {
 public:
  // `stolen` must outlive it; `authority` is the certificate that goes with it.
  Thief(const crypto::PrivateKey& stolen, crypto::Certificate authority)
      : stolen_(stolen), authority_(std::move(authority)) {}

  // A certificate for a device of that id over a key of the thief's own: its signature is right,
  // and a year of validity begins an hour before `now`.
  [[nodiscard]] Result<client::DeviceIdentity> forge(const std::string& device_id,
                                                     Timestamp now) const;

 private:
  const crypto::PrivateKey& stolen_;
  crypto::Certificate authority_;
};

// Connects as a board does, and hangs up once it is let in. How the server refused it; nothing if
// it did not. An error if the server could not be asked.
[[nodiscard]] Result<std::optional<std::string>> refusal_of(const BoardServer& server,
                                                            const client::DeviceIdentity& identity,
                                                            const Clock& clock);

}  // namespace fastness::cli
