#include "crypto/testing/rsa_signer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "crypto/public_key/openssl_deleters.h"
#include "crypto/require.h"

namespace fastness::crypto::testing {

RsaSigner::RsaSigner() : key_(EVP_RSA_gen(2048), FreePkey()) {
  require(key_ != nullptr);
}

Bytes RsaSigner::modulus() const {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key_.get(), OSSL_PKEY_PARAM_RSA_N, &number) == 1);
  Bytes bytes(256);
  require(BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size())) == 256);
  BN_free(number);
  return bytes;
}

Bytes RsaSigner::sign(ByteView message) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  require(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
  Bytes signature(256);
  std::size_t size = signature.size();
  require(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) ==
          1);
  signature.resize(size);
  return signature;
}

}  // namespace fastness::crypto::testing
