#include "crypto/password/password_hash.h"

#include <cstdlib>

#include <sodium.h>

namespace fastness::crypto {
namespace {

constexpr PasswordCost kCostOfKeys{3, 64 * 1024};
constexpr std::size_t kHashSize = 32;

static_assert(crypto_pwhash_SALTBYTES == kPasswordSaltSize);

}  // namespace

Result<SecretBytes> argon2id(std::string_view password, ByteView salt) {
  return argon2id(password, salt, kCostOfKeys);
}

Result<SecretBytes> argon2id(std::string_view password, ByteView salt, PasswordCost cost) {
  if (salt.size() != kPasswordSaltSize) {
    return fail(Errc::invalid_argument, "a password salt has the wrong size");
  }
  if (sodium_init() < 0) std::abort();
  SecretBytes hash(kHashSize);
  if (crypto_pwhash(hash.reveal().data(), hash.size(), password.data(), password.size(),
                    salt.data(), cost.passes, std::size_t{cost.memory_kib} << 10U,
                    crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(Errc::unavailable, "no memory to hash a password");
  }
  return hash;
}

}  // namespace fastness::crypto
