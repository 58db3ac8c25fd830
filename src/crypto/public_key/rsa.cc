#include "crypto/public_key/rsa.h"

#include <cstdlib>
#include <memory>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/public_key/openssl_deleters.h"

namespace fastness::crypto {
namespace {

constexpr int kMinBits = 2048;
constexpr int kMaxBits = 4096;

using Pkey = std::unique_ptr<EVP_PKEY, FreePkey>;

}  // namespace

RsaKeyPair RsaKeyPair::generate() {
  const Pkey key(EVP_RSA_gen(kMinBits));
  if (!key) std::abort();
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreePkcs8> info(EVP_PKEY2PKCS8(key.get()));
  std::uint8_t* pkcs8 = nullptr;
  std::uint8_t* spki = nullptr;
  const int pkcs8_size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &pkcs8);
  const int spki_size = i2d_PUBKEY(key.get(), &spki);
  if (pkcs8_size <= 0 || spki_size <= 0) std::abort();
  RsaKeyPair pair{SecretBytes::take({pkcs8, static_cast<std::size_t>(pkcs8_size)}),
                  Bytes(spki, spki + spki_size)};
  OPENSSL_free(pkcs8);
  OPENSSL_free(spki);
  return pair;
}

Result<void> check_rsa_spki(ByteView untrusted_der) {
  const std::uint8_t* cursor = untrusted_der.data();
  const Pkey key(d2i_PUBKEY(nullptr, &cursor, static_cast<long>(untrusted_der.size())));
  if (!key || cursor != untrusted_der.data() + untrusted_der.size() ||
      EVP_PKEY_is_a(key.get(), "RSA") != 1) {
    return fail(Errc::invalid_argument, "not an RSA public key");
  }
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < kMinBits || bits > kMaxBits) {
    return fail(Errc::invalid_argument, "an RSA key of a size that is not allowed");
  }
  return {};
}

}  // namespace fastness::crypto
