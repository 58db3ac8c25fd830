#pragma once

#include <cstdlib>

namespace fastness::crypto {

// For calls into OpenSSL and libsodium that fail only when memory is gone or the library is broken,
// after which nothing that follows could be trusted: ends the process.
inline void require(bool succeeded) {
  if (!succeeded) std::abort();
}

}  // namespace fastness::crypto
