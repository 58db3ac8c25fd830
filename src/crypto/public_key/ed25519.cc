#include "crypto/public_key/ed25519.h"

#include <cstdlib>

#include <sodium.h>

namespace fastness::crypto {

Result<Ed25519Key> Ed25519Key::from_seed(const SecretBytes& seed) {
  if (seed.size() != kSeedSize) return fail(Errc::corrupted, "a signing seed has the wrong size");
  if (sodium_init() < 0) std::abort();
  Ed25519Key key;
  key.secret_ = SecretBytes(crypto_sign_SECRETKEYBYTES);
  crypto_sign_seed_keypair(key.public_key_.data(), key.secret_.reveal().data(),
                           seed.reveal().data());
  return key;
}

Ed25519Signature Ed25519Key::sign(ByteView message) const {
  Ed25519Signature signature;
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                       secret_.reveal().data());
  return signature;
}

bool ed25519_verify(const Ed25519PublicKey& key, ByteView message,
                    const Ed25519Signature& signature) {
  if (sodium_init() < 0) std::abort();
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     key.data()) == 0;
}

}  // namespace fastness::crypto
