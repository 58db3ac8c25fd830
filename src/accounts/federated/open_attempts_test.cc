// People on their way to a provider, and those who answer in their place (T16).
#include "accounts/federated/open_attempts.h"

#include <string>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"

namespace fastness::accounts {
namespace {

class AttemptsUnderWay : public ::testing::Test {
 protected:
  SentAway open(const std::optional<SessionId>& session = {}, const std::string& network = "n") {
    return attempts_.open(oidc::Attempt::make("company", "https://iot.lan/callback", random_),
                          session, network);
  }
  std::optional<AttemptPurpose> answer(const SentAway& sent, const std::string& code = "code") {
    return attempts_.answer(sent.cookie, "company", sent.attempt.state, {code, std::nullopt});
  }

  fastness::testing::ManualClock clock_{Timestamp{}};
  crypto::SystemRandom random_;
  OpenAttempts attempts_{clock_, random_};
  const SessionId mine_{1};
  const SessionId yours_{2};
};

TEST_F(AttemptsUnderWay, OneIsAnsweredAndTakenOnce) {
  const SentAway sent = open();
  EXPECT_EQ(answer(sent), AttemptPurpose::sign_in);

  const auto back = attempts_.take(sent.cookie, std::nullopt);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->attempt.state, sent.attempt.state);
  EXPECT_EQ(back->attempt.verifier, sent.attempt.verifier);
  EXPECT_EQ(back->answer.code, "code");

  EXPECT_FALSE(attempts_.take(sent.cookie, std::nullopt));
  EXPECT_FALSE(answer(sent)) << "the same state again";
  EXPECT_EQ(attempts_.size(), 0U);
}

// Login CSRF: a link with somebody else's state and code.
TEST_F(AttemptsUnderWay, AnotherBrowserAnswersNothing) {
  const SentAway enemys = open();
  const SentAway victims = open();
  const auto cross = [&](const std::string& cookie, const std::string& state) {
    return attempts_.answer(cookie, "company", state, {"enemy's code", std::nullopt});
  };
  EXPECT_FALSE(cross(victims.cookie, enemys.attempt.state));
  EXPECT_FALSE(cross("", enemys.attempt.state));
  EXPECT_FALSE(cross(victims.cookie, ""));
  EXPECT_FALSE(cross(victims.cookie, victims.attempt.state + "x"));
  EXPECT_FALSE(attempts_.take("", std::nullopt));

  EXPECT_EQ(answer(victims), AttemptPurpose::sign_in) << "and does nobody harm";
  EXPECT_EQ(attempts_.take(victims.cookie, std::nullopt)->answer.code, "code");
}

TEST_F(AttemptsUnderWay, TheFirstAnswerCounts) {
  const SentAway sent = open();
  EXPECT_TRUE(answer(sent, "first"));
  EXPECT_FALSE(answer(sent, "second"));
  EXPECT_EQ(attempts_.take(sent.cookie, std::nullopt)->answer.code, "first");
}

// Mix-up: each provider has an address of its own to come back to.
TEST_F(AttemptsUnderWay, AnotherProviderAnswersNothing) {
  const SentAway sent = open();
  EXPECT_FALSE(attempts_.answer(sent.cookie, "enemy", sent.attempt.state, {"code", std::nullopt}));
  EXPECT_TRUE(answer(sent));
}

TEST_F(AttemptsUnderWay, OneToLinkIsOfItsSessionAndSignsNobodyIn) {
  const auto answered = [&] {
    SentAway sent = open(mine_);
    EXPECT_EQ(answer(sent), AttemptPurpose::link);
    return sent;
  };
  const SentAway first = answered();
  EXPECT_FALSE(attempts_.take(first.cookie, std::nullopt));
  EXPECT_FALSE(attempts_.take(first.cookie, mine_)) << "it is used up";
  EXPECT_FALSE(attempts_.take(answered().cookie, yours_));
  EXPECT_TRUE(attempts_.take(answered().cookie, mine_));

  const SentAway to_sign_in = open();
  EXPECT_EQ(answer(to_sign_in), AttemptPurpose::sign_in);
  EXPECT_FALSE(attempts_.take(to_sign_in.cookie, mine_));
}

TEST_F(AttemptsUnderWay, WithoutAnAnswerThereIsNothingToTake) {
  const SentAway sent = open();
  EXPECT_FALSE(attempts_.take(sent.cookie, std::nullopt));
  EXPECT_FALSE(answer(sent));
}

TEST_F(AttemptsUnderWay, EndAfterTenMinutes) {
  const SentAway early = open();
  clock_.advance(OpenAttempts::kLife - std::chrono::seconds(1));
  const SentAway late = open();
  EXPECT_TRUE(answer(late));

  clock_.advance(std::chrono::seconds(1));

  EXPECT_FALSE(answer(early));
  EXPECT_TRUE(attempts_.take(late.cookie, std::nullopt));
  EXPECT_EQ(attempts_.size(), 0U);
}

TEST_F(AttemptsUnderWay, OneNetworkPushesOutItsOwnAlone) {
  const SentAway yours = open({}, "yours");
  const SentAway first = open();
  for (std::size_t i = 0; i < OpenAttempts::kMostOfOne; ++i) static_cast<void>(open());

  EXPECT_EQ(attempts_.size(), OpenAttempts::kMostOfOne + 1);
  EXPECT_FALSE(answer(first));
  EXPECT_TRUE(answer(yours));
}

TEST_F(AttemptsUnderWay, ThereAreOnlySoManyOfAll) {
  const SentAway first = open({}, "first");
  for (std::size_t i = 0; i < OpenAttempts::kMost; ++i) {
    static_cast<void>(open({}, std::to_string(i / OpenAttempts::kMostOfOne)));
  }
  EXPECT_EQ(attempts_.size(), OpenAttempts::kMost);
  EXPECT_FALSE(answer(first));
}

}  // namespace
}  // namespace fastness::accounts
