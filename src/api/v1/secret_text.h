#pragma once

#include <string>

#include "crypto/secret/secret_bytes.h"

namespace fastness::api::v1 {

// Takes a secret out of a request's text, which is empty and zeroed after.
[[nodiscard]] inline crypto::SecretBytes to_secret(std::string& text) {
  auto* bytes = reinterpret_cast<std::uint8_t*>(text.data());
  auto secret = crypto::SecretBytes::take({bytes, text.size()});
  text.clear();
  return secret;
}

}  // namespace fastness::api::v1
