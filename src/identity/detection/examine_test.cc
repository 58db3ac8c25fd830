// What a check-up is told of devices: from the registry, the ledger's copy, and what was seen.
#include <algorithm>

#include <gtest/gtest.h>

#include "identity/identity_fixture_test.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using testing::IdentityTest;
using vault_ipc::GenerationId;
using vault_ipc::Profile;

class ExamineTest : public IdentityTest {
 protected:
  DeviceId add(OrganisationId organisation) {
    const DeviceId added(random_uuid(random));
    EXPECT_TRUE(identity->add_device(organisation, added));
    return added;
  }
  void enrol_with(OrganisationId organisation, DeviceId who, const crypto::PrivateKey& its_key) {
    EXPECT_TRUE(identity->enrol({organisation, who, Profile::standard, request_for(its_key), {}}));
  }
  ExaminedDevice examined(OrganisationId organisation, DeviceId who) {
    const std::vector<ExaminedDevice> all = identity->examine(organisation).value();
    const auto found = std::ranges::find_if(
        all, [&](const ExaminedDevice& each) { return each.standing.device == who; });
    return all.at(static_cast<std::size_t>(found - all.begin()));
  }
  // Shows a certificate, as the handshake does.
  void try_certificate(ByteView leaf) {
    const auto answer = identity->published().load()->admit_certificate(leaf, clock.now());
    ASSERT_FALSE(answer);
    identity->report_refused(answer.error());
  }
  void try_secret(std::string_view secret) {
    const auto answer = identity->published().load()->admit_secret(device, secret, clock.now());
    ASSERT_FALSE(answer);
    identity->report_refused(answer.error());
  }
};

TEST_F(ExamineTest, OfOneOrganisationOnly) {
  const DeviceId foreign = add(theirs);
  enrol(Profile::board);

  const auto listed = identity->examine(mine).value();

  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].standing.device, device);
  EXPECT_EQ(listed[0].standing.newest->profile, Profile::board);
  EXPECT_FALSE(listed[0].shares_key);
  EXPECT_FALSE(listed[0].has_secret);
  EXPECT_FALSE(listed[0].clone);
  EXPECT_FALSE(listed[0].refused);
  EXPECT_EQ(examined(theirs, foreign).standing.newest, std::nullopt);
}

TEST_F(ExamineTest, AKeyThatTwoDevicesHaveIsSharedWhoeverOwnsThem) {
  enrol(Profile::standard);
  const DeviceId copy = add(theirs);
  enrol_with(theirs, copy, key);
  const DeviceId innocent = add(mine);
  enrol_with(mine, innocent, crypto::PrivateKey::generate());

  EXPECT_TRUE(examined(mine, device).shares_key);
  EXPECT_TRUE(examined(theirs, copy).shares_key);
  EXPECT_FALSE(examined(mine, innocent).shares_key);
}

TEST_F(ExamineTest, AKeyThatGoesOnInANewDeviceIsNotShared) {
  enrol(Profile::standard);
  ASSERT_TRUE(identity->revoke(mine, device, "replaced"));
  const DeviceId successor = add(mine);
  enrol_with(mine, successor, key);

  EXPECT_FALSE(examined(mine, device).shares_key);
  EXPECT_FALSE(examined(mine, successor).shares_key);
}

TEST_F(ExamineTest, DevicesWithoutAKeyShareNothing) {
  add(mine);
  const auto examined_devices = identity->examine(mine);
  ASSERT_TRUE(examined_devices);
  for (const ExaminedDevice& each : *examined_devices) {
    EXPECT_FALSE(each.shares_key);
  }
}

TEST_F(ExamineTest, AChosenSecretIsSaidUntilItIsReplaced) {
  ASSERT_TRUE(
      identity->set_secret(mine, device, "Tomaten-am-Fenster-7", Identity::SecretOrigin::chosen));
  EXPECT_TRUE(examined(mine, device).secret_was_chosen);

  ASSERT_TRUE(identity->set_secret(mine, device, identity->suggest_secret(),
                                   Identity::SecretOrigin::suggested));

  EXPECT_FALSE(examined(mine, device).secret_was_chosen);
  EXPECT_TRUE(examined(mine, device).has_secret);
}

TEST_F(ExamineTest, ARevokedDeviceThatShowsItsCertificateIsSeen) {
  const Bytes leaf = enrol(Profile::board);
  ASSERT_TRUE(identity->revoke(mine, device, "lost"));

  try_certificate(leaf);
  try_certificate(leaf);

  ASSERT_TRUE(examined(mine, device).refused);
  EXPECT_EQ(examined(mine, device).refused->count, 2U);
}

// Its secret went with the revocation, so that any would do: it is the name that tries.
TEST_F(ExamineTest, ARevokedDeviceThatComesWithItsSecretIsSeen) {
  const std::string secret = identity->suggest_secret();
  ASSERT_TRUE(identity->set_secret(mine, device, secret, Identity::SecretOrigin::suggested));
  ASSERT_TRUE(identity->revoke(mine, device, "lost"));

  try_secret(secret);

  ASSERT_TRUE(examined(mine, device).refused);
  EXPECT_EQ(examined(mine, device).refused->reason, RefusalReason::device_revoked);
}

TEST_F(ExamineTest, NobodyAccusesADeviceByGuessingItsSecret) {
  try_secret("guessed");
  ASSERT_TRUE(identity->set_secret(mine, device, identity->suggest_secret(),
                                   Identity::SecretOrigin::suggested));
  try_secret("guessed again");
  ASSERT_TRUE(identity->suspend(mine, device, ""));
  try_secret("and again");

  EXPECT_FALSE(examined(mine, device).refused);
}

TEST_F(ExamineTest, LettingADeviceInAgainForgetsItsAttempts) {
  const Bytes leaf = enrol(Profile::board);
  ASSERT_TRUE(identity->suspend(mine, device, ""));
  try_certificate(leaf);
  ASSERT_TRUE(examined(mine, device).refused);

  ASSERT_TRUE(identity->resume(mine, device));

  EXPECT_FALSE(examined(mine, device).refused);
}

TEST_F(ExamineTest, WhatTheOwnerTakesBackEndsTheSuspicionOfACopy) {
  std::uint64_t connection = 0;
  const auto come_from = [&](const char* remote) {
    identity->clones().disconnected(device, connection, CloneWatch::Ending::taken_over);
    identity->clones().connected(mine, device, ++connection, remote, clock.now());
  };
  for (int i = 0; i < 3; ++i) {
    come_from("192.0.2.7:1");
    come_from("198.51.100.9:1");
  }
  ASSERT_TRUE(examined(mine, device).clone);
  EXPECT_EQ(examined(mine, device).clone->sign, CloneSign::flapping);

  ASSERT_TRUE(identity->suspend(mine, device, "who is it?"));
  ASSERT_TRUE(identity->resume(mine, device));

  EXPECT_FALSE(examined(mine, device).clone);
}

TEST_F(ExamineTest, AForgeryIsRememberedWhateverRestarts) {
  EXPECT_TRUE(identity->forgeries().value().empty());
  const ForgedLeaf leaf{crypto::sha256(as_bytes("forged")), GenerationId(1), "a thief"};
  const Timestamp first = clock.now();

  identity->report_forged(leaf);
  clock.advance(2s);
  identity->report_forged(leaf);
  reopen();

  const auto kept = identity->forgeries().value();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].generation, GenerationId(1));
  EXPECT_EQ(kept[0].count, 2U);
  EXPECT_EQ(kept[0].first, first);
  EXPECT_EQ(kept[0].last, first + 2s);
  EXPECT_EQ(alarms.size(), 2U);
}

}  // namespace
}  // namespace fastness::identity
