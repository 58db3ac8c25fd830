#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/public_key/p256.h"

namespace fastness::crypto {

// A request for a certificate (PKCS#10, RFC 2986) whose signature proved that its sender holds the
// key. The names in it prove nothing. Immutable.
class CertificateRequest {
 public:
  static constexpr std::size_t kMaxSize = fixed_limit("certificates.request_bytes");

  // `invalid_argument` for anything malformed, larger than kMaxSize, for a key that is not P-256,
  // an algorithm that is not ecdsa-with-SHA256, or a signature that does not verify.
  [[nodiscard]] static Result<CertificateRequest> parse_der(ByteView untrusted_der);
  [[nodiscard]] static Result<CertificateRequest> parse_pem(std::string_view untrusted_text);

  // The DER of a request as boards write it: subject CN only, empty attributes. The common name
  // must consist of PrintableString characters, else `invalid_argument`.
  [[nodiscard]] static Result<Bytes> build(const PrivateKey& key, std::string_view common_name);

  [[nodiscard]] ByteView der() const { return der_; }
  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  [[nodiscard]] const std::string& untrusted_common_name() const { return common_name_; }

 private:
  CertificateRequest(ByteView der, PublicKey public_key, std::string common_name)
      : der_(to_bytes(der)),
        public_key_(std::move(public_key)),
        common_name_(std::move(common_name)) {}

  Bytes der_;
  PublicKey public_key_;
  std::string common_name_;
};

}  // namespace fastness::crypto
