// What is answered about certificates (OCSP, RFC 6960, 4.2).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/ocsp/status_request.h"
#include "crypto/x509/revocation_list.h"

namespace fastness::crypto {

struct CertificateStatus {
  enum class Kind : std::uint8_t { good, revoked, unknown };

  Bytes serial = {};  // big-endian
  Kind kind = Kind::unknown;
  Timestamp revoked_at{};  // these two only of one that is revoked
  RevocationReason reason = RevocationReason::unspecified;
};

// Everything a basic answer says before it is signed, by the key that issued the certificates.
struct StatusAnswerBody {
  IssuerId issuer;  // of all of them, as the request named it
  PublicKey::Point signer{};
  Timestamp produced_at{};
  Timestamp next_update{};  // until then the answer may be kept
  std::vector<CertificateStatus> statuses;
  Bytes nonce;  // of the request; may be empty

  // The bytes to sign with ecdsa-with-SHA256.
  [[nodiscard]] Bytes to_tbs() const;
};

// The answer out of the signed bytes and their signature.
[[nodiscard]] Bytes assemble_status_answer(ByteView tbs, const EcdsaSignature& signature);

// Why there is no answer (RFC 6960, 4.2.1). The numbers are those on the wire.
enum class StatusRefusal : std::uint8_t {
  malformed = 1,
  internal_error = 2,
  try_later = 3,
  unauthorized = 6,  // nothing can be said of this issuer here
};

// An answer that is none. It has no signature, as all of its kind.
[[nodiscard]] Bytes status_refusal(StatusRefusal why);

}  // namespace fastness::crypto
