// The providers of sign-ins that the owner of the host has configured.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace fastness::oidc {

// How a provider is spoken to.
enum class Kind : std::uint8_t {
  openid,  // OpenID Connect, as it says of itself
  apple,   // the same, with a client secret that is signed anew each time
  github,  // OAuth 2.0 and a question to its API
};

// One provider, by its settings. Immutable by convention.
struct Provider {
  std::string id;    // ours, in paths: "google"
  std::string name;  // what people read on its button: "Google"
  Kind kind = Kind::openid;
  std::string issuer;  // exactly as it spells itself
  std::string client_id;
  std::string secret_file;
  std::string apple_team = {};  // of Apple's alone
  std::string apple_key = {};
};

// The settings as they stand in the configuration: lists of "id=value".
struct ProviderSettings {
  std::vector<std::string> providers;  // "google", "apple=TEAM/KEY", "company=https://id.example"
  std::vector<std::string> names;
  std::vector<std::string> client_ids;
  std::vector<std::string> secret_files;
};

// In the order of `providers`. `invalid_argument` names the setting and what it expects: a preset
// or an issuer for each, one client id and one file for each, at most oidc.providers of them, and
// none twice, by id or by issuer and client.
[[nodiscard]] Result<std::vector<Provider>> read_providers(const ProviderSettings& settings);

// Whether it can be an address of a provider: https, a host, printable ASCII, no user, no fragment.
[[nodiscard]] bool is_endpoint(std::string_view untrusted_url);

}  // namespace fastness::oidc
