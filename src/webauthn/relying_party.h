#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fastness::webauthn {

// Whom a credential is for, and the one origin whose pages may use it here. WebAuthn would let
// pages of subdomains use it too; we do not. Immutable.
class RelyingParty {
 public:
  // `name` is a host name in lower case and `port` what the browser says of it: none for the
  // scheme's own. `invalid_argument` for an address of numbers, which no passkey can belong to.
  enum class Scheme : std::uint8_t { http, https };
  [[nodiscard]] static Result<RelyingParty> of(Scheme scheme, std::string_view name,
                                               std::optional<std::uint16_t> port);

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& origin() const { return origin_; }

 private:
  RelyingParty(std::string id, std::string origin)
      : id_(std::move(id)), origin_(std::move(origin)) {}

  std::string id_;      // "iot.example"
  std::string origin_;  // "https://iot.example:8443", as browsers serialise it (RFC 6454, 6.2)
};

}  // namespace fastness::webauthn
