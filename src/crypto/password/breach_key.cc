#include "crypto/password/breach_key.h"

#include <openssl/evp.h>

#include "crypto/require.h"

namespace fastness::crypto {

BreachKey breach_key(std::string_view password) {
  BreachKey key{};
  unsigned int size = 0;
  require(EVP_Digest(password.data(), password.size(), key.data(), &size, EVP_sha1(), nullptr) ==
              1 &&
          size == key.size());
  return key;
}

}  // namespace fastness::crypto
