#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace fastness::webauthn {

// Whether a credential may be copied to other authenticators, and is.
struct Backup {
  bool is_eligible = false;
  bool is_backed_up = false;

  friend bool operator==(const Backup&, const Backup&) = default;
};

// The head of what an authenticator signs (6.1): for whom, how the user took part, how often the
// key signed. The CBOR behind it is not looked at here. Immutable.
class AuthenticatorData {
 public:
  static constexpr std::size_t kHead = 37;
  static constexpr std::size_t kFlagsAt = 32;
  static constexpr std::uint8_t kExtensions = 0x80;
  static constexpr std::size_t kMostBytes = fixed_limit("webauthn.authenticator_data_bytes");

  // `invalid_argument` if it is cut short or too long, or contradicts itself: a copy of what cannot
  // be copied, bytes behind the head that no flag announces.
  [[nodiscard]] static Result<AuthenticatorData> parse(ByteView untrusted_bytes);

  [[nodiscard]] const crypto::Digest& party() const { return party_; }  // SHA-256 of its id
  [[nodiscard]] bool is_user_present() const { return has(0x01); }
  [[nodiscard]] bool is_user_verified() const { return has(0x04); }
  [[nodiscard]] bool has_credential() const { return has(0x40); }
  [[nodiscard]] bool has_extensions() const { return has(kExtensions); }
  [[nodiscard]] Backup backup() const { return {has(0x08), has(0x10)}; }
  [[nodiscard]] std::uint32_t counter() const { return counter_; }

 private:
  AuthenticatorData() = default;
  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags_ & flag) != 0; }

  crypto::Digest party_{};
  std::uint8_t flags_ = 0;
  std::uint32_t counter_ = 0;
};

}  // namespace fastness::webauthn
