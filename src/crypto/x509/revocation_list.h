#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace fastness::crypto {

// Why a certificate is on a list. The numbers are those of RFC 5280, 5.3.1.
enum class RevocationReason : std::uint8_t {
  unspecified = 0,
  certificate_hold = 6,  // for the time being
};

struct RevokedSerial {
  Bytes serial;  // big-endian
  Timestamp revoked_at{};
  RevocationReason reason = RevocationReason::unspecified;

  friend bool operator==(const RevokedSerial&, const RevokedSerial&) = default;
};

// Everything a version 2 certificate revocation list (RFC 5280, 5.1) says before it is signed. It
// becomes a list by assemble_certificate, whose outermost shape is the same.
struct RevocationListBody {
  Bytes issuer;  // from encode_name
  Bytes key_id;  // of the issuing key
  Timestamp this_update{};
  Timestamp next_update{};
  std::uint64_t number = 0;  // greater than that of every older list
  std::vector<RevokedSerial> revoked;

  // The bytes to sign with ecdsa-with-SHA256.
  [[nodiscard]] Bytes to_tbs() const;
};

}  // namespace fastness::crypto
