#include "crypto/public_key/rsa.h"

#include <cstdlib>
#include <memory>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/public_key/openssl_deleters.h"
#include "crypto/require.h"

namespace fastness::crypto {
namespace {

constexpr int kMinBits = 2048;
constexpr int kMaxBits = 4096;
constexpr std::size_t kExponentBytes = 4;

using Pkey = std::unique_ptr<EVP_PKEY, FreePkey>;

struct FreeNumber {
  void operator()(BIGNUM* number) const noexcept { BN_free(number); }
};
struct FreeBuild {
  void operator()(OSSL_PARAM_BLD* build) const noexcept { OSSL_PARAM_BLD_free(build); }
};
struct FreeParameters {
  void operator()(OSSL_PARAM* parameters) const noexcept { OSSL_PARAM_free(parameters); }
};
struct FreeRsaContext {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
struct FreeRsaDigest {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

Number to_number(ByteView bytes) {
  Number number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  require(number != nullptr);
  return number;
}

// Null if OpenSSL does not take the two.
EVP_PKEY* import_numbers(const BIGNUM* modulus, const BIGNUM* exponent) {
  const std::unique_ptr<OSSL_PARAM_BLD, FreeBuild> build(OSSL_PARAM_BLD_new());
  require(build && OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
          OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, exponent) == 1);
  const std::unique_ptr<OSSL_PARAM, FreeParameters> parameters(
      OSSL_PARAM_BLD_to_param(build.get()));
  const std::unique_ptr<EVP_PKEY_CTX, FreeRsaContext> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  require(parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return key;
}

bool is_plain_number(ByteView bytes) {
  return !bytes.empty() && bytes.front() != 0 && (bytes.back() & 1U) != 0;
}

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

Result<RsaPublicKey> RsaPublicKey::from_numbers(ByteView untrusted_modulus,
                                                ByteView untrusted_exponent) {
  const bool fits = untrusted_modulus.size() <= kMaxBits / 8 &&
                    untrusted_exponent.size() <= kExponentBytes &&
                    is_plain_number(untrusted_modulus) && is_plain_number(untrusted_exponent);
  if (!fits) return fail(Errc::invalid_argument, "not the numbers of an RSA key");
  const Number modulus = to_number(untrusted_modulus);
  const Number exponent = to_number(untrusted_exponent);
  if (BN_num_bits(modulus.get()) < kMinBits || BN_is_one(exponent.get()) == 1) {
    return fail(Errc::invalid_argument, "an RSA key of a size that is not allowed");
  }
  EVP_PKEY* const key = import_numbers(modulus.get(), exponent.get());
  if (key == nullptr) return fail(Errc::invalid_argument, "not the numbers of an RSA key");
  return RsaPublicKey(std::shared_ptr<EVP_PKEY>(key, FreePkey{}));
}

bool RsaPublicKey::verify(ByteView message, ByteView signature) const {
  const std::unique_ptr<EVP_MD_CTX, FreeRsaDigest> context(EVP_MD_CTX_new());
  require(context && EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr,
                                             key_.get(), nullptr) == 1);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace fastness::crypto
