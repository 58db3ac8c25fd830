// What an authority says of one certificate (OCSP, RFC 6960, 4.2), verified.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace fastness::crypto {

// An answer by which a certificate is good. Only `verify` makes one, so whoever has one may show it
// to clients while it is current. Immutable, thread-safe.
class VerifiedStatus {
 public:
  static constexpr std::size_t kMaxSize = fixed_limit("certificates.status_bytes");

  // Reads what was said of `leaf`, which `issuer` signed; both DER. The answer must be signed by
  // `issuer`, or by whom it certified for that (RFC 6960, 4.2.2.2), and be about `leaf` once. That
  // a responder was revoked itself is not looked for.
  //
  // `permission_denied`: the authority says that the certificate is revoked, or that it does not
  // know it. `unavailable`: the answer counts at another time than `now`. `invalid_argument`:
  // anything else.
  [[nodiscard]] static Result<VerifiedStatus> verify(ByteView untrusted_der, ByteView leaf,
                                                     ByteView issuer, Timestamp now);

  // As it was read: what goes on the wire.
  [[nodiscard]] const Bytes& der() const { return der_; }
  // SHA-256 of the certificate that it is about.
  [[nodiscard]] const Digest& leaf() const { return leaf_; }
  [[nodiscard]] Timestamp from() const { return from_; }
  [[nodiscard]] Timestamp until() const { return until_; }

  [[nodiscard]] bool is_current(Timestamp now) const { return from_ <= now && now < until_; }
  // Whether less than a quarter of its time is left: whoever fetches the next one is late.
  [[nodiscard]] bool is_ending(Timestamp now) const { return until_ - now < (until_ - from_) / 4; }

 private:
  VerifiedStatus(ByteView der, const Digest& leaf, Timestamp from, Timestamp until)
      : der_(to_bytes(der)), leaf_(leaf), from_(from), until_(until) {}

  Bytes der_;
  Digest leaf_;
  Timestamp from_;
  Timestamp until_;
};

// Whether a certificate demands that its server shows a status with it ("must-staple", RFC 7633).
// `false` for what is no certificate.
[[nodiscard]] bool demands_status(ByteView certificate);

}  // namespace fastness::crypto
