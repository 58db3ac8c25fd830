// What the instance does by itself about a loose key and a copied one, and what it never does.
#include "identity/detection/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/identity_fixture_test.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::IdentityTest;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;
using vault_ipc::Profile;

constexpr auto kIssuing = GenerationState::issuing;
constexpr auto kRetiring = GenerationState::retiring;
constexpr auto kDistrusted = GenerationState::distrusted;

class PolicyTest : public IdentityTest {
 protected:
  std::vector<GenerationState> states_now() {
    std::vector<GenerationState> states;
    const auto list = identity->generations().value();
    for (const auto& each : list) states.push_back(each.state);
    return states;
  }
  void forge(std::uint32_t generation) {
    identity->report_forged({crypto::sha256(as_bytes("forged" + std::to_string(forged_++))),
                             GenerationId(generation), device.value().to_text()});
    clock.advance(1s);
    identity->tick();
  }
  Bytes request() {
    return crypto::CertificateRequest::build(key, device.value().to_text()).value();
  }

  int forged_ = 0;
};

TEST_F(PolicyTest, AForgeryIsOnlyAnAlarmUntilTheHostsOwnerSaysOtherwise) {
  static_cast<void>(enrol(Profile::board));
  forge(1);
  EXPECT_EQ(alarms.size(), 1U);
  EXPECT_THAT(states_now(), ElementsAre(kIssuing));
}

TEST_F(PolicyTest, AForgeryReplacesTheKeyOnceAndKeepsTheBoardsOfTheLedger) {
  reopen_with({.on_forgery = OnForgery::rotate});
  const Bytes board = enrol(Profile::board);
  clock.advance(1s);
  forge(1);
  EXPECT_THAT(states_now(), ElementsAre(kDistrusted, kIssuing));
  const auto rotation = identity->authority().rotation();
  ASSERT_TRUE(rotation);
  EXPECT_EQ(rotation->kind, RotationKind::emergency);
  EXPECT_THAT(rotation->reason, ::testing::HasSubstr("identity.on_forgery"));
  EXPECT_FALSE(rotation->board_cut_off);
  EXPECT_TRUE(identity->published().load()->admit_certificate(board, clock.now()));

  for (int i = 0; i < 3; ++i) forge(1);
  reopen();
  forge(1);
  EXPECT_THAT(states_now(), ElementsAre(kDistrusted, kIssuing)) << "and never again for that key";
  EXPECT_EQ(identity->authority().rotation()->number, rotation->number);

  forge(2);
  EXPECT_THAT(states_now(), ElementsAre(kDistrusted, kDistrusted, kIssuing)) << "for another, yes";
}

TEST_F(PolicyTest, AKeyThatIssuesNoMoreIsGivenUpAndNothingElse) {
  reopen_with({.on_forgery = OnForgery::rotate});
  ASSERT_TRUE(identity->authority().rotate({RotationKind::routine, "monthly", 0s, std::nullopt}));
  ASSERT_THAT(states_now(), ElementsAre(kRetiring, kIssuing));
  forge(1);
  forge(1);
  EXPECT_THAT(states_now(), ElementsAre(kDistrusted, kIssuing));
  EXPECT_EQ(identity->authority().rotation()->kind, RotationKind::routine);
}

TEST_F(PolicyTest, ASuspicionRotatesNothing) {
  reopen_with({.on_forgery = OnForgery::rotate});
  const auto list = identity->generations().value();
  const ForgeryAlarm suspect{{{}, GenerationId(1), ""}, 5, true};
  EXPECT_EQ(response_to(suspect, OnForgery::rotate, list), ForgeryResponse::nothing);
  vault.disconnect();
  identity->report_forged({crypto::Digest{}, GenerationId(1), ""});
  ASSERT_EQ(alarms.size(), 1U);
  EXPECT_TRUE(alarms[0].is_suspect);
  identity.reset();
  vault.restart();
  vault.reconnect();
  reopen_with({.on_forgery = OnForgery::rotate});
  clock.advance(1min);
  identity->tick();
  EXPECT_THAT(states_now(), ElementsAre(kIssuing));
}

TEST_F(PolicyTest, WhatTheVaultIssuedRotatesNothing) {
  reopen_with({.on_forgery = OnForgery::rotate});
  const auto unseen = vault.client().issue_device_certificate(
      {device, Profile::board, crypto::CertificateRequest::build(key, "x").value(), {}});
  ASSERT_TRUE(unseen);
  identity->report_forged({unseen->entry.leaf, GenerationId(1), device.value().to_text()});
  EXPECT_THAT(states_now(), ElementsAre(kIssuing));
}

TEST_F(PolicyTest, AGenerationThatNeverWasAndOneThatIsDestroyedNeedNothing) {
  std::vector<vault_ipc::Generation> list(1);
  list[0].id = GenerationId(1);
  const ForgeryAlarm alarm{{{}, GenerationId(1), ""}, 1, false};
  const struct {
    GenerationState state;
    ForgeryResponse response;
  } cases[] = {{GenerationState::staged, ForgeryResponse::replace},
               {GenerationState::trusted, ForgeryResponse::replace},
               {GenerationState::issuing, ForgeryResponse::replace},
               {GenerationState::retiring, ForgeryResponse::give_up},
               {GenerationState::distrusted, ForgeryResponse::nothing},
               {GenerationState::destroyed, ForgeryResponse::nothing}};
  for (const auto& [state, response] : cases) {
    list[0].state = state;
    EXPECT_EQ(response_to(alarm, OnForgery::rotate, list), response) << to_text(state);
    EXPECT_EQ(response_to(alarm, OnForgery::alarm, list), ForgeryResponse::nothing);
  }
  EXPECT_EQ(response_to(alarm, OnForgery::rotate, {}), ForgeryResponse::nothing);
}

TEST_F(PolicyTest, ASecondRenewalQuarantinesTheDeviceByPolicyOnly) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::standard));
  for (const auto wanted : {OnSecondRenewal::alarm, OnSecondRenewal::quarantine}) {
    reopen_with({.on_second_renewal = wanted});
    std::vector<DeviceId> quarantined;
    identity->on_quarantined(
        [&](const PolicyQuarantine& each) { quarantined.push_back(each.device); });
    clock.advance(1h);
    const Bytes first = request();
    ASSERT_TRUE(identity->renew(leaf, first));
    ASSERT_TRUE(identity->renew(leaf, first)) << "an answer that was lost is no second use";
    EXPECT_TRUE(quarantined.empty());

    EXPECT_EQ(identity->renew(leaf, request()).error().code, Errc::already_exists);

    const bool acts = wanted == OnSecondRenewal::quarantine;
    EXPECT_EQ(identity->describe(mine, device)->state,
              acts ? IdentityState::quarantined : IdentityState::active);
    EXPECT_EQ(quarantined.size(), acts ? 1U : 0U);
    EXPECT_EQ(revocations.size(), acts ? 1U : 0U) << "its sessions end";
  }
  EXPECT_EQ(identity->renew(leaf, request()).error().code, Errc::permission_denied)
      << "and whoever holds the key gets nothing";
}

}  // namespace
}  // namespace fastness::identity
