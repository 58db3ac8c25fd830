#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::crypto {

// The one key that everything hangs on, in pages of its own: locked into memory, left out of core
// dumps, between guard pages, and unreadable except during the calls below (libsodium's guarded
// heap). Move-only. Thread-compatible.
class LockedSecret {
 public:
  // Takes over the bytes and wipes the source. Ends the process if memory cannot be had.
  explicit LockedSecret(SecretBytes secret);

  // HKDF-SHA256 with the secret as input key; see hkdf_sha256.
  [[nodiscard]] SecretBytes derive(ByteView salt, std::string_view info, std::size_t size) const;

 private:
  struct Free {
    void operator()(void* memory) const noexcept;
  };
  std::unique_ptr<void, Free> memory_;
  std::size_t size_;
};

// Makes OpenSSL keep private keys in a locked heap from now on. Once, early in main, before
// threads. False if the system grants no locked memory.
[[nodiscard]] bool lock_private_keys();

}  // namespace fastness::crypto
