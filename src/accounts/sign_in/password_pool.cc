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

constexpr std::string_view kBreached =
    "is known from a breach, so attackers try it first: choose another, and use this one nowhere";

Result<crypto::Digest> hash_and_pepper(const Job& job, const PasswordPool::Pepper& pepper) {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes hash,
                            crypto::argon2id(as_text(job.password.reveal()), job.salt, job.cost));
  return pepper(hash);
}

}  // namespace

Result<void> check_not_breached(std::string_view password, const IsBreached& is_breached) {
  if (!is_breached) return {};
  const auto found = is_breached(password);
  // What exactly is wrong with the list, its owner has in the log.
  if (!found) return fail(Errc::unavailable, "the list of breached passwords cannot be read");
  if (*found) return fail(Errc::invalid_argument, std::string(kBreached));
  return {};
}

bool is_for_breach(const Error& error) {
  return error.code == Errc::invalid_argument && error.message == kBreached;
}

PasswordPool::PasswordPool(Post post_to_pool, Post post_to_control, Pepper pepper,
                           std::size_t max_waiting)
    : post_to_pool_(std::move(post_to_pool)),
      post_to_control_(std::move(post_to_control)),
      pepper_(std::move(pepper)),
      max_waiting_(max_waiting) {}

void PasswordPool::hash(crypto::SecretBytes password, Bytes salt, crypto::PasswordCost cost,
                        Done done) {
  enqueue(std::move(password), std::move(salt), cost, Use::shown, std::move(done));
}

void PasswordPool::hash_chosen(crypto::SecretBytes password, Bytes salt, Done done) {
  enqueue(std::move(password), std::move(salt), crypto::kPasswordCost, Use::chosen,
          std::move(done));
}

void PasswordPool::enqueue(crypto::SecretBytes password, Bytes salt, crypto::PasswordCost cost,
                           Use use, Done done) {
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
  post_to_pool_([this, job, use] {
    const std::string_view text = as_text(job->password.reveal());
    auto fit = use == Use::chosen ? check_not_breached(text, is_breached_) : Result<void>();
    job->result = fit ? hash_and_pepper(*job, pepper_) : propagate(std::move(fit));
    job->password = {};
    post_to_control_([this, job] {
      --waiting_;
      job->done(std::move(job->result));
    });
  });
}

}  // namespace fastness::accounts
