#include "accounts/sign_in/password_pool.h"

#include <memory>
#include <utility>

namespace fastness::accounts {
namespace {

// One password on its way through the pool. Shared, because std::function copies what it holds.
struct Job {
  crypto::SecretBytes password;
  Bytes salt;
  crypto::PasswordCost cost = crypto::kPasswordCost;
  PasswordHasher::Done done;
  Result<crypto::Digest> result = fail(Errc::unavailable, "password was not hashed");
};

Result<crypto::Digest> hash_and_pepper(const Job& job, const PasswordPool::Pepper& pepper) {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes hash,
                            crypto::argon2id(as_text(job.password.reveal()), job.salt, job.cost));
  return pepper(hash);
}

}  // namespace

PasswordPool::PasswordPool(Post post_to_pool, Post post_to_control, Pepper pepper,
                           std::size_t max_waiting)
    : post_to_pool_(std::move(post_to_pool)),
      post_to_control_(std::move(post_to_control)),
      pepper_(std::move(pepper)),
      max_waiting_(max_waiting) {}

void PasswordPool::hash(crypto::SecretBytes password, Bytes salt, crypto::PasswordCost cost,
                        Done done) {
  if (waiting_ >= max_waiting_) {
    post_to_control_(
        [done = std::move(done)] { done(fail(Errc::exhausted, "too many passwords wait")); });
    return;
  }
  ++waiting_;
  auto job = std::make_shared<Job>();
  job->password = std::move(password);
  job->salt = std::move(salt);
  job->cost = cost;
  job->done = std::move(done);
  post_to_pool_([this, job] {
    job->result = hash_and_pepper(*job, pepper_);
    job->password = {};
    post_to_control_([this, job] {
      --waiting_;
      job->done(std::move(job->result));
    });
  });
}

}  // namespace fastness::accounts
