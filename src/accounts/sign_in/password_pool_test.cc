#include "accounts/sign_in/password_pool.h"

#include <deque>
#include <string>
#include <vector>

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

// The list is a file on a disk: asked on the pool's threads, and about what is chosen alone.
TEST_F(Pool, LooksForBreachesBesideTheLoopAndOnlyInWhatIsChosen) {
  std::vector<std::string> asked;
  pool_.refuse_breached([&](std::string_view password) -> Result<bool> {
    asked.emplace_back(password);
    if (password == "torn") return fail(Errc::corrupted, "secret of the host");
    return password == "stolen";
  });
  std::vector<Result<crypto::Digest>> digests;
  const auto done = [&](auto digest) { digests.push_back(std::move(digest)); };

  pool_.hash(secret("stolen"), Bytes(16, 1), kQuick, done);
  run(pool_tasks_);
  EXPECT_TRUE(asked.empty()) << "it only signs in";
  run(control_tasks_);
  for (const char* password : {"stolen", "torn", "unheard of"}) {
    pool_.hash_chosen(secret(password), Bytes(16, 1), done);
    EXPECT_TRUE(asked.empty() || asked.back() != password) << "not on the loop";
    run(pool_tasks_);
    run(control_tasks_);
  }

  EXPECT_EQ(asked, (std::vector<std::string>{"stolen", "torn", "unheard of"}));
  ASSERT_EQ(digests.size(), 4U);
  EXPECT_TRUE(digests[0]);
  EXPECT_TRUE(is_for_breach(digests[1].error()));
  EXPECT_EQ(digests[2].error().code, Errc::unavailable);
  EXPECT_EQ(digests[2].error().message, "the list of breached passwords cannot be read");
  EXPECT_TRUE(digests[3]);
}

}  // namespace
}  // namespace fastness::accounts
