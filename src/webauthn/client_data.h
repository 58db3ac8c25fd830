#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace fastness::webauthn {

// Random, for one ceremony.
using Challenge = std::array<std::uint8_t, 32>;

// What the browser says of a ceremony (CollectedClientData, 5.8.1): JSON, of which the
// authenticator signs the digest. Parsed, it is still what a stranger sent: only with the
// authenticator's signature is it the browser's word. Immutable.
class ClientData {
 public:
  static constexpr std::size_t kMostBytes = fixed_limit("webauthn.client_data_bytes");

  enum class Type : std::uint8_t { create, get };

  // `invalid_argument` unless it is one JSON object in UTF-8 with the type of a ceremony, a
  // challenge of ours by its length, in the one spelling of base64url, and an origin; or if it was
  // made in a frame of another origin's page. What else it has counts for nothing (5.8.1).
  [[nodiscard]] static Result<ClientData> parse(ByteView untrusted_json);

  [[nodiscard]] Type type() const { return type_; }
  [[nodiscard]] const Challenge& challenge() const { return challenge_; }
  [[nodiscard]] const std::string& origin() const { return origin_; }
  // Of the bytes as they came, which is what was signed.
  [[nodiscard]] const crypto::Digest& digest() const { return digest_; }

 private:
  ClientData() = default;

  Type type_ = Type::get;
  Challenge challenge_{};
  std::string origin_;
  crypto::Digest digest_{};
};

}  // namespace fastness::webauthn
