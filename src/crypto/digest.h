// SHA-256 and what is made of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "crypto/secret/secret_bytes.h"

struct evp_md_ctx_st;

namespace fastness::crypto {

using Digest = std::array<std::uint8_t, 32>;

// A digest is uniform already, so any eight of its bytes hash it. Not for digests that a peer may
// choose freely: it could pick those that collide here.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const noexcept {
    std::size_t bits = 0;
    std::memcpy(&bits, digest.data(), sizeof bits);
    return bits;
  }
};

// FIPS 180-4. Thread-safe.
[[nodiscard]] Digest sha256(ByteView data);

// The same in pieces. Thread-compatible.
class Sha256 {
 public:
  Sha256();

  Sha256& update(ByteView data);

  // The digest of everything given; the object starts anew.
  [[nodiscard]] Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// RFC 2104. Allocates nothing, so it may run for every message. Thread-safe.
[[nodiscard]] Digest hmac_sha256(const SecretBytes& key, ByteView data);

// RFC 5869, extract and expand. `info` names the purpose, so that keys for different purposes are
// independent. `size` is at most 255 * 32. Thread-safe.
[[nodiscard]] SecretBytes hkdf_sha256(ByteView input_key, ByteView salt, std::string_view info,
                                      std::size_t size);
[[nodiscard]] inline SecretBytes hkdf_sha256(const SecretBytes& input_key, ByteView salt,
                                             std::string_view info, std::size_t size) {
  return hkdf_sha256(input_key.reveal(), salt, info, size);
}

}  // namespace fastness::crypto
