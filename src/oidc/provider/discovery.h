#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fastness::oidc {

// What a provider says of itself (OpenID Connect Discovery 1.0, 3), as far as it counts here.
struct Discovery {
  // How this server shows a provider who it is.
  enum class ClientAuthentication : std::uint8_t { basic, in_form };

  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string key_set;           // the address of its keys
  bool promises_issuer = false;  // in each answer to a browser (RFC 9207, 3)
  ClientAuthentication client_authentication = ClientAuthentication::basic;

  // Where the document of an issuer is.
  [[nodiscard]] static std::string address_of(const std::string& issuer);

  // `invalid_argument` unless it is of exactly this issuer, has the endpoints under https, and
  // offers what is asked of it: the code flow, PKCE by S256 if it says what it does of PKCE, and a
  // way to show a secret.
  [[nodiscard]] static Result<Discovery> parse(std::string_view untrusted_json,
                                               const std::string& issuer);
};

}  // namespace fastness::oidc
