// What a third party asks about certificates (OCSP, RFC 6960, 4.1).
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/public_key/p256.h"

namespace fastness::crypto {

// What an issuer is hashed with to name it. SHA-1 protects nothing here: whoever makes two issuers
// of one name has only confused itself. The numbers go to the vault and never change.
enum class IssuerHash : std::uint8_t { sha1 = 1, sha256 = 2 };

// The issuer of a certificate as a request names it (RFC 6960, 4.1.1).
struct IssuerId {
  IssuerHash algorithm = IssuerHash::sha1;
  Bytes name;  // hash of its encoded name
  Bytes key;   // hash of its key

  friend bool operator==(const IssuerId&, const IssuerId&) = default;
};

[[nodiscard]] IssuerId issuer_id(IssuerHash algorithm, ByteView encoded_name,
                                 const PublicKey::Point& key);

struct StatusRequest {
  static constexpr std::size_t kMaxSize = fixed_limit("status.request_bytes");
  static constexpr std::size_t kMaxAsked = fixed_limit("status.certificates");
  static constexpr std::size_t kLongestNonce = 32;  // RFC 8954, 2.1

  // One certificate.
  struct Asked {
    IssuerId issuer;
    Bytes serial;  // big-endian, without leading zeros
  };
  std::vector<Asked> asked;  // at least one
  Bytes nonce;               // to be repeated in the answer; empty if there is none

  // `invalid_argument` for anything malformed or larger than the limits, for another hash, and for
  // an extension that is critical and not known. Who asks is not read: everybody gets the same
  // answer.
  [[nodiscard]] static Result<StatusRequest> parse(ByteView untrusted_der);
};

}  // namespace fastness::crypto
