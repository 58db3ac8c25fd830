#include "crypto/public_key/sealed_box.h"

#include <cstdlib>

#include <sodium.h>

namespace fastness::crypto {
namespace {

static_assert(crypto_box_PUBLICKEYBYTES == std::tuple_size_v<SealPublicKey>);

// Chooses the implementations for this processor; cheap and thread-safe when done already.
void require_sodium() {
  if (sodium_init() < 0) std::abort();
}

}  // namespace

SealKeyPair SealKeyPair::generate() {
  require_sodium();
  SealKeyPair pair;
  pair.secret = SecretBytes(crypto_box_SECRETKEYBYTES);
  crypto_box_keypair(pair.public_key.data(), pair.secret.reveal().data());
  return pair;
}

Result<SealKeyPair> SealKeyPair::from_secret(SecretBytes secret) {
  if (secret.size() != crypto_box_SECRETKEYBYTES) {
    return fail(Errc::corrupted, "a sealing key has the wrong size");
  }
  require_sodium();
  SealKeyPair pair;
  pair.secret = std::move(secret);
  crypto_scalarmult_base(pair.public_key.data(), pair.secret.reveal().data());
  return pair;
}

Bytes seal_to(const SealPublicKey& recipient, ByteView plain) {
  require_sodium();
  Bytes sealed(plain.size() + crypto_box_SEALBYTES);
  if (crypto_box_seal(sealed.data(), plain.data(), plain.size(), recipient.data()) != 0) {
    std::abort();
  }
  return sealed;
}

Result<SecretBytes> open_sealed(const SealKeyPair& pair, ByteView sealed) {
  if (sealed.size() < crypto_box_SEALBYTES)
    return fail(Errc::corrupted, "a sealed key is cut short");
  require_sodium();
  SecretBytes plain(sealed.size() - crypto_box_SEALBYTES);
  if (crypto_box_seal_open(plain.reveal().data(), sealed.data(), sealed.size(),
                           pair.public_key.data(), pair.secret.reveal().data()) != 0) {
    return fail(Errc::corrupted, "a sealed key was sealed to another key, or changed");
  }
  return plain;
}

}  // namespace fastness::crypto
