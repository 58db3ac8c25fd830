#include "accounts/passkeys/challenges.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"

namespace fastness::accounts {
namespace {

class OpenChallenges : public ::testing::Test {
 protected:
  fastness::testing::ManualClock clock_{Timestamp{}};
  crypto::SystemRandom random_;
  Challenges challenges_{clock_, random_};
};

TEST_F(OpenChallenges, EachIsGoodOnceForWhomItWasMade) {
  const auto challenge = challenges_.make("mine");

  EXPECT_TRUE(challenges_.take(challenge, "mine"));
  EXPECT_FALSE(challenges_.take(challenge, "mine"));
  EXPECT_FALSE(challenges_.take(challenge));
  EXPECT_NE(challenges_.make("mine"), challenges_.make("mine"));
}

TEST_F(OpenChallenges, AnotherOwnersAnswerUsesItUp) {
  const auto challenge = challenges_.make("mine");

  EXPECT_FALSE(challenges_.take(challenge, "yours"));
  EXPECT_FALSE(challenges_.take(challenge, "mine"));
  EXPECT_FALSE(challenges_.take(webauthn::Challenge{}, ""));
}

TEST_F(OpenChallenges, EndsAfterFiveMinutes) {
  const auto early = challenges_.make("mine");
  clock_.advance(Challenges::kLife - std::chrono::seconds(1));
  const auto late = challenges_.make("mine");
  EXPECT_EQ(challenges_.size(), 2U);

  clock_.advance(std::chrono::seconds(1));

  EXPECT_FALSE(challenges_.take(early, "mine"));
  EXPECT_TRUE(challenges_.take(late, "mine"));
  EXPECT_EQ(challenges_.size(), 0U);
}

TEST_F(OpenChallenges, OneOwnerPushesOutTheirOwnAlone) {
  const auto yours = challenges_.make("yours");
  std::vector<webauthn::Challenge> mine;
  for (std::size_t i = 0; i <= Challenges::kMostOfOne; ++i) mine.push_back(challenges_.make("me"));

  EXPECT_EQ(challenges_.size(), Challenges::kMostOfOne + 1);
  EXPECT_TRUE(challenges_.take(yours, "yours"));
  EXPECT_FALSE(challenges_.take(mine.front(), "me"));
  EXPECT_TRUE(challenges_.take(mine[1], "me"));
  EXPECT_TRUE(challenges_.take(mine.back(), "me"));
}

TEST_F(OpenChallenges, ThereAreOnlySoManyOfAll) {
  const auto first = challenges_.make("0");
  for (std::size_t i = 1; i <= Challenges::kMost; ++i) {
    static_cast<void>(challenges_.make(std::to_string(i / Challenges::kMostOfOne)));
  }

  EXPECT_EQ(challenges_.size(), Challenges::kMost);
  EXPECT_FALSE(challenges_.take(first, "0"));
}

}  // namespace
}  // namespace fastness::accounts
