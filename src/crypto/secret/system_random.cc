#include "crypto/secret/system_random.h"

#include <cstdlib>

#include <openssl/rand.h>

namespace fastness::crypto {

void SystemRandom::fill(std::span<std::uint8_t> out) {
  if (!out.empty() && RAND_priv_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
}

}  // namespace fastness::crypto
