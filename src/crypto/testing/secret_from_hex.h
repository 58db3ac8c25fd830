#pragma once

#include <string_view>

#include "base/bytes.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::crypto::testing {

inline SecretBytes secret_from_hex(std::string_view hex) {
  Bytes bytes = from_hex(hex).value();
  return SecretBytes::take(bytes);
}

}  // namespace fastness::crypto::testing
