#include "crypto/digest.h"

#include <string>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sodium.h>

#include "crypto/require.h"

namespace fastness::crypto {
namespace {

// Looked up once: the provider search costs more than hashing a short message.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

}  // namespace

Digest sha256(ByteView data) {
  Digest digest;
  require(EVP_Digest(data.data(), data.size(), digest.data(), nullptr, sha256_algorithm(),
                     nullptr) == 1);
  return digest;
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ && EVP_DigestInit_ex(context_.get(), sha256_algorithm(), nullptr) == 1);
}

Sha256& Sha256::update(ByteView data) {
  require(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
  return *this;
}

Digest Sha256::finish() {
  Digest digest;
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
  require(EVP_DigestInit_ex(context_.get(), nullptr, nullptr) == 1);
  return digest;
}

Digest hmac_sha256(const SecretBytes& key, ByteView data) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.reveal().data(), key.size());
  crypto_auth_hmacsha256_update(&state, data.data(), data.size());
  Digest digest;
  crypto_auth_hmacsha256_final(&state, digest.data());
  sodium_memzero(&state, sizeof state);
  return digest;
}

SecretBytes hkdf_sha256(ByteView input_key, ByteView salt, std::string_view info,
                        std::size_t size) {
  static EVP_KDF* const algorithm = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* const context = EVP_KDF_CTX_new(algorithm);
  std::string digest_name = "SHA256";
  // OpenSSL's parameters are not const, but it only reads these.
  auto* const key = const_cast<std::uint8_t*>(input_key.data());
  auto* const salt_bytes = const_cast<std::uint8_t*>(salt.data());
  auto* const info_text = const_cast<char*>(info.data());
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key, input_key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info_text, info.size()),
      salt.empty()
          ? OSSL_PARAM_construct_end()
          : OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt_bytes, salt.size()),
      OSSL_PARAM_construct_end()};
  SecretBytes derived(size);
  const int result =
      EVP_KDF_derive(context, derived.reveal().data(), derived.size(), parameters.data());
  EVP_KDF_CTX_free(context);
  require(result == 1);
  return derived;
}

}  // namespace fastness::crypto
