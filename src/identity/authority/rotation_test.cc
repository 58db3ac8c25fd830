// Which steps a rotation takes from where, and who is waited for: pure, without a vault.
#include "identity/authority/rotation.h"

#include <gtest/gtest.h>

#include "identity/authority/progress.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using vault_ipc::ChangeGeneration;
using vault_ipc::Generation;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;
using vault_ipc::Profile;

const Timestamp kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 29)};

Generation generation(std::uint32_t id, GenerationState state) {
  Generation made;
  made.id = GenerationId(id);
  made.state = state;
  made.created_at = kNow - 24h;
  return made;
}

Rotation rotation(RotationKind kind) {
  Rotation made;
  made.kind = kind;
  made.from = GenerationId(1);
  made.to = GenerationId(2);
  made.began_at = kNow;
  made.issue_at = kNow;
  return made;
}

// What is asked for, one after the other, until nothing is. Each step does what the vault does.
std::vector<std::string> steps_of(const Rotation& order, std::vector<Generation> list,
                                  Timestamp now = kNow) {
  std::vector<std::string> steps;
  while (const auto next = next_change(order, list, now)) {
    if (steps.size() > 20) return {"for ever"};
    if (!next->id) {
      const std::uint32_t id = list.back().id.value() + 1;
      list.push_back(generation(id, GenerationState::staged));
      steps.push_back("stage " + std::to_string(id));
      continue;
    }
    steps.push_back(std::string(to_text(next->state)) + " " + std::to_string(next->id->value()));
    for (Generation& each : list) {
      const bool retires =
          next->state == GenerationState::issuing && each.state == GenerationState::issuing;
      if (retires) each.state = GenerationState::retiring;
      if (each.id == *next->id) each.state = next->state;
    }
  }
  return steps;
}

using Steps = std::vector<std::string>;
using enum GenerationState;

TEST(NextChange, ARoutineRotationSoaksBeforeItIssues) {
  Rotation order = rotation(RotationKind::routine);
  order.issue_at = kNow + 1h;
  const std::vector<Generation> list{generation(1, issuing)};
  EXPECT_EQ(steps_of(order, list), (Steps{"stage 2", "trusted 2"}));
  EXPECT_EQ(steps_of(order, list, kNow + 1h), (Steps{"stage 2", "trusted 2", "issuing 2"}));
}

TEST(NextChange, AnEmergencyGivesTheOldKeyUpBeforeTheNewOneIssues) {
  EXPECT_EQ(steps_of(rotation(RotationKind::emergency), {generation(1, issuing)}),
            (Steps{"stage 2", "trusted 2", "distrusted 1", "issuing 2"}));
}

TEST(NextChange, AnEmergencyTakesNoKeyThatWasThereBefore) {
  Rotation order = rotation(RotationKind::emergency);
  order.to = GenerationId(5);
  const std::vector<Generation> list{generation(1, issuing), generation(2, staged),
                                     generation(3, trusted), generation(4, distrusted)};
  EXPECT_EQ(steps_of(order, list),
            (Steps{"trusted 2", "distrusted 2", "destroyed 2", "distrusted 3", "destroyed 3",
                   "destroyed 4", "stage 5", "trusted 5", "distrusted 1", "issuing 5"}));
}

TEST(NextChange, AnEmergencyGivesUpWhatTheVaultLetIssueMeanwhile) {
  Rotation order = rotation(RotationKind::emergency);
  order.to = GenerationId(3);
  order.board_cut_off = kNow + 24h;
  const std::vector<Generation> list{generation(1, retiring), generation(2, issuing)};
  EXPECT_EQ(next_change(order, list, kNow)->board_cut_off, order.board_cut_off);
  EXPECT_EQ(steps_of(order, list), (Steps{"distrusted 2", "destroyed 2", "stage 3", "trusted 3",
                                          "distrusted 1", "issuing 3"}));
}

TEST(NextChange, AnEmergencyLeavesAloneWhatWasMadeAfterItsOwnKey) {
  const Rotation order = rotation(RotationKind::emergency);
  EXPECT_EQ(
      steps_of(order, {generation(1, distrusted), generation(2, retiring), generation(3, issuing)}),
      Steps{});
  // As a restore leaves it: the key never issued, and is gone.
  EXPECT_EQ(steps_of(order,
                     {generation(1, distrusted), generation(2, destroyed), generation(3, issuing)}),
            Steps{});
}

TEST(NextChange, GoesOnFromWhereverItStopped) {
  const Rotation emergency = rotation(RotationKind::emergency);
  EXPECT_EQ(steps_of(emergency, {generation(1, issuing), generation(2, staged)}),
            (Steps{"trusted 2", "distrusted 1", "issuing 2"}));
  EXPECT_EQ(steps_of(emergency, {generation(1, distrusted), generation(2, trusted)}),
            (Steps{"issuing 2"}));
  // The vault let the new key issue by itself, at its start.
  EXPECT_EQ(steps_of(emergency, {generation(1, retiring), generation(2, issuing)}),
            (Steps{"distrusted 1"}));
  EXPECT_EQ(steps_of(emergency, {generation(1, distrusted), generation(2, issuing)}), Steps{});
  EXPECT_EQ(steps_of(emergency, {generation(1, destroyed), generation(2, retiring)}), Steps{});
}

TEST(NextChange, WhatIsDiscardedEndsDestroyedUnlessItIssues) {
  Rotation order = rotation(RotationKind::routine);
  order.step = RotationStep::discarding;
  EXPECT_EQ(steps_of(order, {generation(1, issuing)}), Steps{});
  EXPECT_EQ(steps_of(order, {generation(1, issuing), generation(2, staged)}),
            (Steps{"trusted 2", "distrusted 2", "destroyed 2"}));
  EXPECT_EQ(steps_of(order, {generation(1, issuing), generation(2, distrusted)}),
            Steps{"destroyed 2"});
  EXPECT_EQ(steps_of(order, {generation(1, retiring), generation(2, issuing)}), Steps{})
      << "it was too late";
}

TEST(NextChange, WhatIsOverAsksForNothing) {
  for (const auto step :
       {RotationStep::completed, RotationStep::aborted, RotationStep::superseded}) {
    Rotation order = rotation(RotationKind::emergency);
    order.step = step;
    EXPECT_EQ(steps_of(order, {generation(1, issuing)}), Steps{});
    EXPECT_EQ(step_reached(order, {}), step);
  }
}

// --- who is waited for --------------------------------------------------------------------------

DeviceStanding device(std::uint32_t of_generation, Profile profile,
                      IdentityState state = IdentityState::active) {
  const DeviceStanding::Newest newest{GenerationId(of_generation), profile, kNow + 1h,
                                      kNow + std::chrono::days(60), false};
  return {DeviceId(Uuid({})), OrganisationId(Uuid({})), state, newest};
}

std::optional<Timestamp> never(const DeviceStanding&) {
  return std::nullopt;
}

const std::vector<Generation> kRotated{generation(1, retiring), generation(2, issuing)};

TEST(Progress, CountsWhoHasComeAndWhyOthersHaveNot) {
  std::vector<DeviceStanding> devices{device(2, Profile::standard),
                                      device(2, Profile::board),
                                      device(1, Profile::standard),
                                      device(1, Profile::standard),
                                      device(1, Profile::board),
                                      device(1, Profile::standard, IdentityState::suspended),
                                      device(1, Profile::board, IdentityState::quarantined),
                                      device(1, Profile::standard, IdentityState::revoked)};
  devices[3].device = DeviceId(Uuid({1}));
  devices.push_back({DeviceId(Uuid({})), OrganisationId(Uuid({})), IdentityState::active, {}});
  devices.push_back(device(1, Profile::standard));
  devices.back().newest->is_revoked = true;
  const Rotation order = rotation(RotationKind::routine);
  const auto last_seen = [&](const DeviceStanding& each) -> std::optional<Timestamp> {
    return each.device == devices[3].device ? kNow + 1h : kNow - 1h;
  };

  const Progress progress = progress_of(devices, kRotated, &order, last_seen, kNow + 2h);

  EXPECT_EQ(progress.with_certificate, 7U);
  EXPECT_EQ(progress.without_certificate, 1U);
  EXPECT_EQ(progress.renewed, 2U);
  EXPECT_EQ(progress.by_generation.at(GenerationId(1)).devices, 5U);
  EXPECT_EQ(progress.by_generation.at(GenerationId(1)).boards, 2U);
  for (const StragglerReason reason : kStragglerReasons) {
    if (reason == StragglerReason::shut_out) continue;  // no key was given up
    EXPECT_EQ(progress.stragglers.at(reason), 1U) << to_text(reason);
  }
  EXPECT_FALSE(progress.stragglers.contains(StragglerReason::shut_out));
}

TEST(Progress, CountsTheReasonsOfEachGenerationForItself) {
  const std::vector<Generation> list{generation(1, distrusted), generation(2, retiring),
                                     generation(3, issuing)};
  std::vector<DeviceStanding> devices{device(1, Profile::board),    device(1, Profile::standard),
                                      device(1, Profile::standard), device(2, Profile::board),
                                      device(2, Profile::standard), device(3, Profile::standard)};
  devices[2].renews_itself = true;

  const Progress progress = progress_of(devices, list, nullptr, never, kNow);

  using Stragglers = Progress::Stragglers;
  const auto of = [&](std::uint32_t id) {
    return progress.by_generation.at(GenerationId(id)).stragglers;
  };
  EXPECT_EQ(of(1), (Stragglers{{StragglerReason::not_seen, 1},
                               {StragglerReason::by_hand, 1},
                               {StragglerReason::shut_out, 1}}));
  EXPECT_EQ(of(2), (Stragglers{{StragglerReason::not_seen, 1}, {StragglerReason::by_hand, 1}}));
  EXPECT_EQ(of(3), Stragglers{});
  EXPECT_EQ(progress.stragglers.at(StragglerReason::not_seen), 2U) << "and all of them together";
  EXPECT_EQ(progress.stragglers.at(StragglerReason::by_hand), 2U);
}

TEST(Progress, WhoIsShutOutIsNotWaitedFor) {
  const Rotation order = rotation(RotationKind::emergency);
  const std::vector<Generation> list{generation(1, distrusted), generation(2, issuing)};
  std::vector<DeviceStanding> devices(4, device(2, Profile::standard));
  devices.insert(devices.end(), 6, device(1, Profile::standard));
  EXPECT_FALSE(progress_of(devices, list, &order, never, kNow + 3h).estimated_end);
  for (std::size_t i = 4; i < 6; ++i) devices[i].renews_itself = true;
  EXPECT_EQ(progress_of(devices, list, &order, never, kNow + 3h).estimated_end, kNow + 4h)
      << "two that come by themselves";
}

TEST(Progress, ABoardThatRenewsNeedsNoHand) {
  std::vector<DeviceStanding> devices{device(1, Profile::board), device(1, Profile::board)};
  devices[1].renews_itself = true;
  const Progress progress = progress_of(devices, kRotated, nullptr, never, kNow);
  EXPECT_EQ(progress.stragglers.at(StragglerReason::by_hand), 1U);
  EXPECT_EQ(progress.stragglers.at(StragglerReason::not_seen), 1U);
}

TEST(Progress, TheEndIsEstimatedByTheRateOfThoseWhoCame) {
  const Rotation order = rotation(RotationKind::routine);
  std::vector<DeviceStanding> devices(4, device(2, Profile::standard));
  devices.insert(devices.end(), 2, device(1, Profile::standard));
  devices.insert(devices.end(), 9, device(1, Profile::board));
  // Four came since one hour after the beginning, that is within two hours: two are left.
  EXPECT_EQ(progress_of(devices, kRotated, &order, never, kNow + 3h).estimated_end, kNow + 4h);
  EXPECT_FALSE(progress_of(devices, kRotated, &order, never, kNow + 1h).estimated_end);
  devices.erase(devices.begin(), devices.begin() + 3);
  EXPECT_FALSE(progress_of(devices, kRotated, &order, never, kNow + 3h).estimated_end)
      << "one is no rate";
}

TEST(Progress, IsCompleteWhenNobodyIsLeftToWaitFor) {
  const Rotation routine = rotation(RotationKind::routine);
  Rotation emergency = rotation(RotationKind::emergency);
  emergency.board_cut_off = kNow + 24h;
  const std::vector<DeviceStanding> boards{device(2, Profile::standard), device(1, Profile::board)};
  EXPECT_TRUE(is_complete(boards, routine, kNow)) << "a board loses nothing";
  EXPECT_FALSE(is_complete(boards, emergency, kNow));
  EXPECT_TRUE(is_complete(boards, emergency, kNow + 24h)) << "it is too late";

  const std::vector<DeviceStanding> late{device(1, Profile::standard)};
  EXPECT_FALSE(is_complete(late, routine, kNow));
  EXPECT_TRUE(is_complete(late, routine, kNow + 24h * 61)) << "its certificate is over";
  EXPECT_TRUE(is_complete({device(1, Profile::standard, IdentityState::revoked)}, routine, kNow));
  EXPECT_TRUE(is_complete({}, emergency, kNow));
}

TEST(Progress, OnlyBoardsBeforeTheirCutOffDependOnADistrustedKey) {
  Generation given_up = generation(1, distrusted);
  given_up.board_cut_off = kNow + 24h;
  const std::vector<DeviceStanding> devices{device(1, Profile::board), device(1, Profile::standard),
                                            device(2, Profile::board),
                                            device(1, Profile::board, IdentityState::revoked)};
  EXPECT_EQ(count_dependants(devices, given_up, kNow), 1U);
  EXPECT_EQ(count_dependants(devices, given_up, kNow + 24h), 0U);
}

}  // namespace
}  // namespace fastness::identity
