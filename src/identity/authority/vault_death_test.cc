// A vault that dies under a hub that lives on: whatever it was doing is found out and goes on.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/authority/authority.h"
#include "identity/identity_fixture_test.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using vault_ipc::GenerationState;
using LastRequest = vault::testing::InProcessVault::LastRequest;

// The vault dies at each request in turn and is started again; the hub lives on.
class VaultDeathTest : public testing::IdentityTest,
                       public ::testing::WithParamInterface<LastRequest> {
 protected:
  Authority& authority() { return identity->authority(); }
  static RotationOrder order_of(RotationKind kind) {
    RotationOrder order;
    order.kind = kind;
    order.reason = "a test";
    return order;
  }
  bool is_let_in(const Bytes& leaf) {
    return identity->published().load()->admit_certificate(leaf, clock.now()).has_value();
  }
  bool is_published_what_the_vault_has() {
    const auto published = identity->published().load()->generations();
    return std::ranges::equal(*published, vault.client().generations().value(), {},
                              &AdmissionSnapshot::TrustedGeneration::record);
  }
};

INSTANTIATE_TEST_SUITE_P(Requests, VaultDeathTest,
                         ::testing::Values(LastRequest::lost, LastRequest::carried_out));

TEST_P(VaultDeathTest, AnEmergencyGoesOnByItselfAndEveryStepIsToldOnce) {
  std::size_t request = 0;
  for (bool has_died = true; has_died; ++request) {
    SCOPED_TRACE(request);
    std::vector<std::string> told;
    authority().on_event([&told](const AuthorityEvent& event) {
      told.push_back(event.action + " " + event.object);
    });
    vault.die_after(request, GetParam());
    const auto begun = authority().rotate(order_of(RotationKind::emergency));
    has_died = vault.has_ended();
    ASSERT_TRUE(begun) << "the order stands: " << begun.error().message;

    clock.advance(5s);
    identity->tick();

    EXPECT_EQ(authority().rotation()->step, RotationStep::completed);
    EXPECT_TRUE(is_published_what_the_vault_has());
    const auto list = authority().generations().value();
    ASSERT_EQ(list.size(), request + 2);
    for (const auto& each : list) EXPECT_TRUE(each.old_with_new.empty());
    EXPECT_EQ(list[request].state, GenerationState::distrusted);
    EXPECT_EQ(list[request + 1].state, GenerationState::issuing);
    const std::string from = " generation:" + std::to_string(request + 1);
    const std::string to = " generation:" + std::to_string(request + 2);
    EXPECT_THAT(told, ::testing::ElementsAre(
                          "ca.rotation_emergency" + to, "ca.generation_staged" + to,
                          "ca.generation_trusted" + to, "ca.generation_distrusted" + from,
                          "ca.generation_issuing" + to, "ca.rotation_renewing" + to,
                          "ca.rotation_completed" + to));
  }
  EXPECT_GT(request, 8U) << "every request was tried";
}

TEST_P(VaultDeathTest, WhatBecameOfAKeyThatWasGivenUpByHandIsFoundOut) {
  const Bytes leaf = enrol(vault_ipc::Profile::standard);
  ASSERT_EQ(authority().rotate(order_of(RotationKind::routine))->step, RotationStep::renewing);
  ASSERT_TRUE(authority().abort());  // no rotation that would look
  clock.advance(1s);
  std::vector<std::string> told;
  authority().on_event([&told](const AuthorityEvent& event) { told.push_back(event.action); });

  vault.die_after(1, GetParam());  // the first one reads the list
  const auto answer = authority().distrust(vault_ipc::GenerationId(1), std::nullopt);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("may have been done"));
  clock.advance(5s);
  identity->tick();

  const bool was_done = GetParam() == LastRequest::carried_out;
  EXPECT_EQ(is_let_in(leaf), !was_done);
  EXPECT_TRUE(is_published_what_the_vault_has());
  EXPECT_EQ(told, was_done ? std::vector<std::string>{"ca.generation_distrusted"}
                           : std::vector<std::string>{});
}

TEST_P(VaultDeathTest, ACertificateWhoseAnswerWasLostKeepsNobodyOut) {
  vault.die_after(0, GetParam());
  const auto lost =
      identity->enrol({mine, device, vault_ipc::Profile::standard, request_for(key), {}});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Errc::unavailable);

  const Bytes leaf =
      enrol(vault_ipc::Profile::standard);  // the device asks again with the key it has

  EXPECT_TRUE(is_let_in(leaf));
  const bool was_done = GetParam() == LastRequest::carried_out;
  EXPECT_EQ(vault.client().read_ledger(0)->size, was_done ? 2U : 1U);
  EXPECT_TRUE(identity->checkpoint()) << "the copy has what the ledger has";
}

}  // namespace
}  // namespace fastness::identity
