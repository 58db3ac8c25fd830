#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/password/password_hash.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::accounts {

// Whether a password is known from a breach, by a list that the owner of the host has. Blocks; any
// error means that nobody knows.
using IsBreached = std::function<Result<bool>(std::string_view password)>;

// Refuses what is known from a breach with `invalid_argument` and what to do; `unavailable` if
// nobody knows, since a password that was taken unlooked at would stay. Without a list all are fit.
[[nodiscard]] Result<void> check_not_breached(std::string_view password,
                                              const IsBreached& is_breached);
// Whether that is why somebody was refused: of what they gave, it was the password.
[[nodiscard]] bool is_for_breach(const Error& error);

// Turns passwords into what is stored: HMAC(pepper, Argon2id(password, salt)).
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;

  using Done = std::function<void(Result<crypto::Digest>)>;

  // Calls `done` on the control thread, never before returning. `exhausted` if too many wait;
  // `unavailable` if there is no memory or no vault.
  virtual void hash(crypto::SecretBytes password, Bytes salt, crypto::PasswordCost cost,
                    Done done) = 0;

  // The same at today's cost, of a password that somebody chooses now. Errors also as
  // check_not_breached.
  virtual void hash_chosen(crypto::SecretBytes password, Bytes salt, Done done) = 0;
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

  // Before the first password. `is_breached` is called on the pool's threads.
  void refuse_breached(IsBreached is_breached) { is_breached_ = std::move(is_breached); }

  void hash(crypto::SecretBytes password, Bytes salt, crypto::PasswordCost cost,
            Done done) override;
  void hash_chosen(crypto::SecretBytes password, Bytes salt, Done done) override;

 private:
  enum class Use : std::uint8_t { shown, chosen };
  void enqueue(crypto::SecretBytes password, Bytes salt, crypto::PasswordCost cost, Use use,
               Done done);

  Post post_to_pool_;
  Post post_to_control_;
  Pepper pepper_;
  IsBreached is_breached_;
  std::size_t max_waiting_;
  std::size_t waiting_ = 0;
};

}  // namespace fastness::accounts
