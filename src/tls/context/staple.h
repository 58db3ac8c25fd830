// What a server shows beside its certificate: what its authority says of it (RFC 6066, 8; RFC
// 8446, 4.4.2.1). For the .cc files of this folder only.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/ocsp/verified_status.h"
#include "tls/context/credential.h"
#include "tls/openssl.h"

namespace fastness::tls {

// The statuses of a server's certificates. Thread-safe.
class Staples {
 public:
  // Those of before go; whoever is being shown one has it whole.
  void set(std::vector<crypto::VerifiedStatus> statuses);

  [[nodiscard]] bool is_empty() const;

  // What goes on the wire beside the certificate of that digest; empty if nothing counts now.
  [[nodiscard]] Bytes find(const LeafDigest& leaf, Timestamp now) const;

 private:
  using Statuses = std::vector<crypto::VerifiedStatus>;

  mutable std::mutex mutex_;
  // Shared with handshakes that look through it while another one comes.
  std::shared_ptr<const Statuses> statuses_ = std::make_shared<const Statuses>();
};

// Shows clients that ask what `Shared::staples` has for the certificate that they are shown.
void set_staple_callback(SSL_CTX& context);

}  // namespace fastness::tls
