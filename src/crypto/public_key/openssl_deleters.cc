#include "crypto/public_key/openssl_deleters.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace fastness::crypto {

void FreePkey::operator()(evp_pkey_st* key) const noexcept {
  EVP_PKEY_free(key);
}

void FreePkcs8::operator()(pkcs8_priv_key_info_st* info) const noexcept {
  PKCS8_PRIV_KEY_INFO_free(info);
}

}  // namespace fastness::crypto
