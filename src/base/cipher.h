#pragma once

#include <cstdint>

namespace fastness {

// What seals data that is stored. The numbers are those in what is sealed, and never change; each
// has keys of 32 bytes, nonces of 12 and tags of 16.
enum class Cipher : std::uint8_t {
  aes_256_gcm = 1,
  chacha20_poly1305 = 2,  // RFC 8439
};

}  // namespace fastness
