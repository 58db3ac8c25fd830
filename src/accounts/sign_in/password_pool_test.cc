#include "accounts/sign_in/password_pool.h"

#include <deque>

#include <gtest/gtest.h>

#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts {
namespace {

using testing::secret;

constexpr crypto::PasswordCost kQuick{1, 8 * 1024};

class Pool : public ::testing::Test {
 protected:
  static void run(std::deque<std::function<void()>>& tasks) {
    for (; !tasks.empty(); tasks.pop_front()) tasks.front()();
  }

  std::deque<std::function<void()>> pool_tasks_;
  std::deque<std::function<void()>> control_tasks_;
  PasswordPool pool_{[this](auto task) { pool_tasks_.push_back(std::move(task)); },
                     [this](auto task) { control_tasks_.push_back(std::move(task)); },
                     [](const crypto::SecretBytes& hash) -> Result<crypto::Digest> {
                       if (hash.size() != 32) return fail(Errc::invalid_argument, "size");
                       return crypto::hmac_sha256(secret("pepper"), hash.reveal());
                     },
                     2};
};

TEST_F(Pool, GivesTheSameForTheSamePasswordAndSaltOnly) {
  std::vector<crypto::Digest> digests;
  const auto hash = [&](const char* password, std::uint8_t salt) {
    pool_.hash(secret(password), Bytes(16, salt), kQuick,
               [&](auto digest) { digests.push_back(digest.value()); });
    run(pool_tasks_);
    run(control_tasks_);
  };

  hash("a password", 1);
  hash("a password", 1);
  hash("a password", 2);
  hash("b password", 1);

  ASSERT_EQ(digests.size(), 4U);
  EXPECT_EQ(digests[0], digests[1]);
  EXPECT_NE(digests[0], digests[2]);
  EXPECT_NE(digests[0], digests[3]);
}

TEST_F(Pool, GivesSomethingElseAtAnotherCost) {
  std::vector<crypto::Digest> digests;
  for (const crypto::PasswordCost cost : {kQuick, crypto::PasswordCost{2, 8 * 1024}}) {
    pool_.hash(secret("a password"), Bytes(16, 1), cost,
               [&](auto digest) { digests.push_back(digest.value()); });
    run(pool_tasks_);
    run(control_tasks_);
  }

  ASSERT_EQ(digests.size(), 2U);
  EXPECT_NE(digests[0], digests[1]);
}

TEST_F(Pool, RefusesMoreThanMayWaitAndRecovers) {
  std::vector<bool> outcomes;
  const auto hash = [&] {
    pool_.hash(secret("a password"), Bytes(16, 1), kQuick,
               [&](auto digest) { outcomes.push_back(digest.has_value()); });
  };

  hash();
  hash();
  hash();
  EXPECT_TRUE(outcomes.empty()) << "never answers before it returns";
  run(control_tasks_);
  EXPECT_EQ(outcomes, std::vector{false});
  run(pool_tasks_);
  run(control_tasks_);
  hash();
  run(pool_tasks_);
  run(control_tasks_);

  EXPECT_EQ(outcomes, (std::vector{false, true, true, true}));
}

}  // namespace
}  // namespace fastness::accounts
