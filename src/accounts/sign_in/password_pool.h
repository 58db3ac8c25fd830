#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/password/password_hash.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::accounts {

// Turns passwords into what is stored: HMAC(pepper, Argon2id(password, salt)).
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;

  using Done = std::function<void(Result<crypto::Digest>)>;

  // Calls `done` on the control thread, never before returning. `exhausted` if too many wait;
  // `unavailable` if there is no memory or no vault.
  virtual void hash(crypto::SecretBytes password, Bytes salt, crypto::PasswordCost cost,
                    Done done) = 0;
};

// The real one: the slow part runs on a pool of a few threads, at most `max_waiting` at a time,
// because each takes 64 MiB and a tenth of a second. Called on the control thread.
class PasswordPool final : public PasswordHasher {
 public:
  using Post = std::function<void(std::function<void()>)>;
  // The vault's HMAC over a password's hash. Blocks; called on the pool's threads.
  using Pepper = std::function<Result<crypto::Digest>(const crypto::SecretBytes& password_hash)>;

  static constexpr std::size_t kMaxWaiting = fixed_limit("accounts.passwords_waiting");

  // Must outlive everything posted.
  PasswordPool(Post post_to_pool, Post post_to_control, Pepper pepper,
               std::size_t max_waiting = kMaxWaiting);

  void hash(crypto::SecretBytes password, Bytes salt, crypto::PasswordCost cost,
            Done done) override;

 private:
  Post post_to_pool_;
  Post post_to_control_;
  Pepper pepper_;
  std::size_t max_waiting_;
  std::size_t waiting_ = 0;
};

}  // namespace fastness::accounts
