#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"
#include "base/cipher.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

struct evp_cipher_ctx_st;

namespace fastness::crypto {

// One key of an AEAD with its schedule prepared, for sealing and opening many short messages.
// The caller owns the rule of the mode: never the same nonce twice under one key, and never one
// key for two ciphers. Random nonces are safe for 2^32 messages. Thread-compatible: one thread at a
// time.
class AeadKey {
 public:
  static constexpr std::size_t kKeySize = 32;
  static constexpr std::size_t kNonceSize = 12;
  static constexpr std::size_t kTagSize = 16;

  // `key` has kKeySize bytes; another size ends the process.
  explicit AeadKey(const SecretBytes& key, Cipher cipher = Cipher::aes_256_gcm);

  // Ciphertext, then the tag. `nonce` has kNonceSize bytes. `context` is authenticated, not kept.
  [[nodiscard]] Bytes seal(ByteView nonce, ByteView context, ByteView plain);

  // The same, appended to `out`, which may hold a header already.
  void seal_onto(Bytes& out, ByteView nonce, ByteView context, ByteView plain);

  // `corrupted` unless key, nonce, context and every byte are the ones that were sealed.
  [[nodiscard]] Result<Bytes> open(ByteView nonce, ByteView context, ByteView sealed);

  // The same, for plain text that is itself a key.
  [[nodiscard]] Result<SecretBytes> open_secret(ByteView nonce, ByteView context, ByteView sealed);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const noexcept;
  };
  [[nodiscard]] bool open_into(std::span<std::uint8_t> plain, ByteView nonce, ByteView context,
                               ByteView sealed);

  std::unique_ptr<evp_cipher_ctx_st, Free> sealing_;
  std::unique_ptr<evp_cipher_ctx_st, Free> opening_;
};

// A message sealed by AES-256-GCM under a fresh random nonce, which is put in front of it: for
// things sealed rarely, such as keys. nonce (12) || ciphertext || tag (16).
[[nodiscard]] Bytes seal_with_random_nonce(const SecretBytes& key, ByteView context, ByteView plain,
                                           Random& random);
// `corrupted` for anything that the above did not make with the same key and context.
[[nodiscard]] Result<SecretBytes> open_with_nonce(const SecretBytes& key, ByteView context,
                                                  ByteView sealed);

}  // namespace fastness::crypto
