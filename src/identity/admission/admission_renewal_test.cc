// Who may renew who may not come in, attacked.
#include <gtest/gtest.h>

#include "identity/admission/admission_fixture_test.h"

namespace fastness::identity {
namespace {

using testing::AdmissionTest;
using namespace std::chrono_literals;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;
using vault_ipc::Profile;

TEST_F(AdmissionTest, ALeafOfABurntGenerationMayRenewAndNothingElse) {
  const Bytes leaf = enrol(Profile::standard);
  clock.advance(1s);
  const auto expect_renewal_only = [&] {
    EXPECT_FALSE(admits(leaf));
    EXPECT_EQ(refusal(leaf), RefusalReason::generation);
    const auto snapshot = identity->published().load();
    EXPECT_EQ(snapshot->recognise(leaf, clock.now()).value(), device);
    const auto renewing = snapshot->admit_renewal(crypto::sha256(leaf), clock.now());
    ASSERT_TRUE(renewing);
    EXPECT_EQ(renewing->device, device);
    EXPECT_EQ(renewing->organisation, mine);
  };
  distrust(1);
  expect_renewal_only();
  ASSERT_TRUE(
      identity->change_generation({GenerationId(1), GenerationState::destroyed, std::nullopt}));
  expect_renewal_only();
  reopen();
  expect_renewal_only();
}

TEST_F(AdmissionTest, WhatWasLedgeredAfterTheDistrustDoesNotRenew) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::standard));
  clock.advance(1s);
  distrust(1);
  const auto snapshot = identity->published().load();
  LedgeredLeaf late = *snapshot->leaves().find(leaf);
  late.time = clock.now();
  const AdmissionSnapshot changed(snapshot->generations(), snapshot->devices(),
                                  snapshot->leaves().with(leaf, late), snapshot->secret_hash());
  EXPECT_EQ(changed.admit_renewal(leaf, clock.now()).error().reason, RefusalReason::generation);
}

TEST_F(AdmissionTest, WhoMayNotComeInMayNotRenew) {
  const Bytes der = enrol(Profile::standard);
  const crypto::Digest leaf = crypto::sha256(der);
  const auto refused = [&] {
    const auto snapshot = identity->published().load();
    const auto answer = snapshot->admit_renewal(leaf, clock.now());
    EXPECT_FALSE(answer);
    const auto handshake = snapshot->admit_handshake(der, clock.now());
    EXPECT_FALSE(handshake);
    EXPECT_FALSE(snapshot->admit_resumption(leaf, clock.now()));
    // The reason that its owner is told.
    if (!answer && !handshake) {
      EXPECT_EQ(handshake.error().reason, answer.error().reason);
    }
    return answer ? RefusalReason::malformed : answer.error().reason;
  };
  ASSERT_TRUE(identity->suspend(mine, device, ""));
  EXPECT_EQ(refused(), RefusalReason::suspended);
  ASSERT_TRUE(identity->quarantine(mine, device, ""));
  EXPECT_EQ(refused(), RefusalReason::quarantined);
  ASSERT_TRUE(identity->resume(mine, device));
  ASSERT_TRUE(identity->revoke_certificate(mine, device, leaf, ""));
  EXPECT_EQ(refused(), RefusalReason::certificate_revoked);
  ASSERT_TRUE(identity->revoke(mine, device, ""));
  EXPECT_EQ(refused(), RefusalReason::certificate_revoked);
  ASSERT_TRUE(identity->remove_device(mine, device));
  EXPECT_EQ(refused(), RefusalReason::unknown_device);
  EXPECT_TRUE(identity->published().load()->recognise(der, clock.now()))
      << "it is ours still, so that its holder can be told why";
}

// The thief of an authority signs for a key that is pinned, after the authority was given up: what
// the ledger does not have gets as far as a refusal.
TEST_F(AdmissionTest, AStolenAuthoritySpeaksForNobodyWhoWouldRenew) {
  static_cast<void>(enrol(Profile::standard));
  clock.advance(1s);
  distrust(1);
  const Bytes leaf = forge(device, key);
  EXPECT_FALSE(admits(leaf));
  EXPECT_EQ(refusal(leaf), RefusalReason::forged);
  const auto snapshot = identity->published().load();
  EXPECT_EQ(snapshot->admit_handshake(leaf, clock.now()).error().reason, RefusalReason::forged);
  EXPECT_FALSE(snapshot->admit_renewal(crypto::sha256(leaf), clock.now()));
  // Nor what was written into the hub's copy of the ledger by somebody who has no authority.
  const crypto::PrivateKey not_an_authority = crypto::PrivateKey::generate();
  const auto body = crypto::Certificate::parse(leaf).value();
  const Bytes signed_by_nobody =
      crypto::assemble_certificate(body.tbs(), not_an_authority.sign(body.tbs()));
  const AdmissionSnapshot changed = with_smuggled(signed_by_nobody, Profile::standard);
  EXPECT_EQ(changed.admit_handshake(signed_by_nobody, clock.now()).error().reason,
            RefusalReason::wrong_signature);
}

TEST_F(AdmissionTest, ALeafOfTheKeyBeforeDoesNotRenew) {
  const crypto::Digest first = crypto::sha256(enrol(Profile::standard));
  const crypto::PrivateKey second_key = crypto::PrivateKey::generate();
  static_cast<void>(enrol(
      Profile::standard, second_key,
      vault_ipc::OldKeySignature{
          key.public_key().point(),
          key.sign(vault_ipc::continuity_statement(device, second_key.public_key().digest()))}));
  EXPECT_EQ(identity->published().load()->admit_renewal(first, clock.now()).error().reason,
            RefusalReason::wrong_key);
}

TEST_F(AdmissionTest, ALeafRenewsForAWhileAfterItsEnd) {
  const Bytes der = enrol(Profile::standard);
  const crypto::Digest leaf = crypto::sha256(der);
  const Timestamp end = crypto::Certificate::parse(der)->not_after() + kRenewalGrace;
  const auto renews = [&] {
    const auto snapshot = identity->published().load();
    const bool may = snapshot->admit_renewal(leaf, clock.now()).has_value();
    EXPECT_EQ(snapshot->recognise(der, clock.now()).has_value(), may);
    return may;
  };
  clock.advance(end - clock.now());
  identity->tick();  // which forgets what matters to nobody any more
  EXPECT_FALSE(admits(der));
  EXPECT_TRUE(renews());
  reopen();
  EXPECT_TRUE(renews());
  clock.advance(1us);
  EXPECT_FALSE(renews());
  clock.advance(24h);
  identity->tick();
  EXPECT_EQ(identity->published().load()->admit_renewal(leaf, clock.now()).error().reason,
            RefusalReason::unknown_certificate);
}

TEST_F(AdmissionTest, TheCutOffIsForBoardsThatNeverRenewed) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::board));
  clock.advance(1s);
  distrust(1, clock.now() + 24h);
  const auto before = identity->published().load();
  EXPECT_TRUE(before->admit_renewal(leaf, clock.now()));
  clock.advance(24h);
  EXPECT_EQ(before->admit_renewal(leaf, clock.now()).error().reason, RefusalReason::generation);

  RegisteredDevice renewing = *before->find_device(device);
  renewing.renews_itself = true;
  const AdmissionSnapshot changed(before->generations(), before->devices().with(device, renewing),
                                  before->leaves(), before->secret_hash());

  EXPECT_TRUE(changed.admit_renewal(leaf, clock.now()));
  EXPECT_FALSE(changed.admit_digest(leaf, clock.now()));
}

}  // namespace
}  // namespace fastness::identity
