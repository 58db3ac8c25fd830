#include "crypto/secret/locked_secret.h"

#include <algorithm>
#include <cstdlib>

#include <openssl/crypto.h>
#include <sodium.h>

#include "crypto/digest.h"

namespace fastness::crypto {
namespace {

constexpr std::size_t kPrivateKeyHeap = std::size_t{256} << 10U;
constexpr std::size_t kSmallestPiece = 32;

}  // namespace

void LockedSecret::Free::operator()(void* memory) const noexcept {
  sodium_free(memory);
}

LockedSecret::LockedSecret(SecretBytes secret) : size_(secret.size()) {
  if (sodium_init() < 0) std::abort();
  memory_.reset(sodium_malloc(size_));
  if (!memory_) std::abort();
  std::ranges::copy(secret.reveal(), static_cast<std::uint8_t*>(memory_.get()));
  secure_zero(secret.reveal());
  sodium_mprotect_noaccess(memory_.get());
}

SecretBytes LockedSecret::derive(ByteView salt, std::string_view info, std::size_t size) const {
  sodium_mprotect_readonly(memory_.get());
  SecretBytes derived = hkdf_sha256(
      ByteView(static_cast<const std::uint8_t*>(memory_.get()), size_), salt, info, size);
  sodium_mprotect_noaccess(memory_.get());
  return derived;
}

bool lock_private_keys() {
  return CRYPTO_secure_malloc_init(kPrivateKeyHeap, kSmallestPiece) == 1;
}

}  // namespace fastness::crypto
