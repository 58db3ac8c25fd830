#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "webauthn/authenticator_data.h"

namespace fastness::webauthn {

// What a credential may sign by, in the numbers of COSE (RFC 9053); stored.
enum class Algorithm : std::int32_t {
  es256 = -7,    // ECDSA, P-256, SHA-256: phones, security keys
  eddsa = -8,    // Ed25519
  rs256 = -257,  // RSASSA-PKCS1-v1_5, SHA-256: Windows with an older TPM
};

// The name that an authenticator gave to one of its keys. Immutable.
class CredentialId {
 public:
  // 4.: at least 100 bits that nobody guesses, in 16 bytes or more, and never over 1023.
  static constexpr std::size_t kLeastBytes = 16;
  static constexpr std::size_t kMostBytes = 1'023;

  // `invalid_argument` for another length.
  [[nodiscard]] static Result<CredentialId> of(ByteView untrusted_bytes);

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

  friend bool operator==(const CredentialId&, const CredentialId&) = default;

 private:
  explicit CredentialId(Bytes bytes) : bytes_(std::move(bytes)) {}

  Bytes bytes_;
};

// The public half, in the form that libfido2 has it: the point, the point, or modulus and exponent.
struct PublicKey {
  Algorithm algorithm;
  Bytes bytes;

  friend bool operator==(const PublicKey&, const PublicKey&) = default;
};

// What is kept of a registration.
struct Credential {
  CredentialId id;
  PublicKey key;
  std::uint32_t counter = 0;
  Backup backup;
};

}  // namespace fastness::webauthn
