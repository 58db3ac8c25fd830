#include "identity/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/merkle.h"
#include "crypto/testing/vector_file.h"
#include "crypto/x509/certificate_body.h"
#include "identity/admission/device_secret.h"
#include "identity/admission/forgery_watch.h"
#include "identity/identity_fixture_test.h"
#include "ledger/checkpoint.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using testing::IdentityTest;
using vault_ipc::GenerationId;
using vault_ipc::Profile;

TEST_F(IdentityTest, EnrolGivesWhatAnOwnerNeeds) {
  const auto issued = identity->enrol({mine, device, Profile::board, request_for(key), {}});
  ASSERT_TRUE(issued);

  EXPECT_EQ(issued->certificate.common_name(), device.value().to_text());
  EXPECT_EQ(issued->entry.index, 0U);
  EXPECT_TRUE(issued->chain_pem.starts_with("-----BEGIN CERTIFICATE-----"));
  const auto signer = crypto::Certificate::parse_pem(issued->chain_pem).value();
  EXPECT_TRUE(issued->certificate.is_signed_by(signer.public_key().value()));
  EXPECT_EQ(identity->describe(mine, device)->pinned_key, key.public_key().digest());
  const auto listed = identity->certificates(mine, device).value();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].der, to_bytes(issued->certificate.der()));
  const auto again = identity->certificate(mine, device, listed[0].fingerprint);
  EXPECT_EQ(again->certificate.digest(), issued->certificate.digest());
}

TEST_F(IdentityTest, EnrolReadsPemToo) {
  const Bytes der = crypto::CertificateRequest::build(key, "x").value();
  std::string pem = "-----BEGIN CERTIFICATE REQUEST-----\n" + to_base64(der) +
                    "\n-----END CERTIFICATE REQUEST-----\n";
  EXPECT_TRUE(identity->enrol({mine, device, Profile::standard, pem, {}}));
  EXPECT_EQ(identity->enrol({mine, device, Profile::standard, "nonsense", {}}).error().code,
            Errc::invalid_argument);
  EXPECT_EQ(identity->enrol({mine, device, Profile::standard, "", {}}).error().code,
            Errc::invalid_argument);
}

TEST_F(IdentityTest, AnotherOrganisationsDeviceIsNotFound) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::board));
  using enum Errc;
  EXPECT_EQ(identity->describe(theirs, device).error().code, not_found);
  EXPECT_EQ(identity->enrol({theirs, device, Profile::board, request_for(key), {}}).error().code,
            not_found);
  EXPECT_EQ(identity->certificates(theirs, device).error().code, not_found);
  EXPECT_EQ(identity->certificate(theirs, device, leaf).error().code, not_found);
  EXPECT_EQ(identity->revoke_certificate(theirs, device, leaf, "").error().code, not_found);
  EXPECT_EQ(identity->suspend(theirs, device, "").error().code, not_found);
  EXPECT_EQ(identity->resume(theirs, device).error().code, not_found);
  EXPECT_EQ(identity->quarantine(theirs, device, "").error().code, not_found);
  EXPECT_EQ(identity->revoke(theirs, device, "").error().code, not_found);
  EXPECT_EQ(identity->remove_device(theirs, device).error().code, not_found);
  EXPECT_EQ(identity->clear_secret(theirs, device).error().code, not_found);
  EXPECT_EQ(identity->is_secret(theirs, device, "x").error().code, not_found);
  EXPECT_EQ(identity->prove(theirs, device, leaf).error().code, not_found);
  EXPECT_EQ(identity
                ->set_secret(theirs, device, identity->suggest_secret(),
                             Identity::SecretOrigin::suggested)
                .error()
                .code,
            not_found);
  EXPECT_TRUE(revocations.empty());
}

TEST_F(IdentityTest, ADevicesCertificateIsNotAnotherDevices) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::board));
  const DeviceId other(random_uuid(random));
  ASSERT_TRUE(identity->add_device(mine, other));
  EXPECT_EQ(identity->certificate(mine, other, leaf).error().code, Errc::not_found);
  EXPECT_EQ(identity->revoke_certificate(mine, other, leaf, "").error().code, Errc::not_found);
  EXPECT_EQ(identity->prove(mine, other, leaf).error().code, Errc::not_found);
}

TEST_F(IdentityTest, AnIdIsTakenOnce) {
  EXPECT_EQ(identity->add_device(theirs, device).error().code, Errc::already_exists);
  ASSERT_TRUE(identity->remove_device(mine, device));
  EXPECT_EQ(identity->describe(mine, device).error().code, Errc::not_found);
  EXPECT_EQ(identity->add_device(mine, device).error().code, Errc::already_exists)
      << "its certificates are in the ledger for ever";
}

TEST_F(IdentityTest, AnotherKeyNeedsProofAndCutsOffTheOld) {
  static_cast<void>(enrol(Profile::standard));
  const crypto::PrivateKey other = crypto::PrivateKey::generate();
  EXPECT_EQ(identity->enrol({mine, device, Profile::standard, request_for(other), {}}).error().code,
            Errc::permission_denied);
  EXPECT_EQ(identity->describe(mine, device)->pinned_key, key.public_key().digest());
  ASSERT_TRUE(revocations.empty());

  const vault_ipc::OldKeySignature proof{
      key.public_key().point(),
      key.sign(vault_ipc::continuity_statement(device, other.public_key().digest()))};
  ASSERT_TRUE(identity->enrol({mine, device, Profile::standard, request_for(other), proof}));

  EXPECT_EQ(identity->describe(mine, device)->pinned_key, other.public_key().digest());
  ASSERT_EQ(revocations.size(), 1U);
  EXPECT_EQ(revocations[0].device, device);
}

TEST_F(IdentityTest, OnlyAnActiveDeviceEnrols) {
  static_cast<void>(enrol(Profile::standard));
  const Enrolment again{mine, device, Profile::standard, request_for(key), {}};
  ASSERT_TRUE(identity->suspend(mine, device, ""));
  EXPECT_EQ(identity->enrol(again).error().code, Errc::permission_denied);
  ASSERT_TRUE(identity->quarantine(mine, device, ""));
  EXPECT_EQ(identity->enrol(again).error().code, Errc::permission_denied);
  ASSERT_TRUE(identity->revoke(mine, device, "stolen"));
  EXPECT_EQ(identity->enrol(again).error().code, Errc::permission_denied);
  EXPECT_EQ(identity->describe(mine, device)->state, IdentityState::revoked);
}

TEST_F(IdentityTest, EveryLossOfTrustIsToldAfterTheSnapshot) {
  const Bytes leaf = enrol(Profile::board);
  bool was_admitted = true;
  identity->on_revoked([&](const Revocation&) {
    was_admitted = identity->published().load()->admit_certificate(leaf, clock.now()).has_value();
  });
  const auto expect_told = [&](const Result<void>& done) {
    ASSERT_TRUE(done);
    EXPECT_FALSE(was_admitted);
    was_admitted = true;
  };
  expect_told(identity->suspend(mine, device, "a"));
  ASSERT_TRUE(identity->resume(mine, device));
  expect_told(identity->quarantine(mine, device, "b"));
  ASSERT_TRUE(identity->resume(mine, device));
  expect_told(identity->revoke_certificate(mine, device, crypto::sha256(leaf), "c"));
  expect_told(identity->revoke(mine, device, "d"));
}

TEST_F(IdentityTest, ChangingOrTakingBackASecretCutsOffWhoUsedIt) {
  const auto set = [&](const std::string& secret) {
    return identity->set_secret(mine, device, secret, Identity::SecretOrigin::chosen);
  };
  ASSERT_TRUE(set("Tomaten-am-Fenster-7"));
  EXPECT_TRUE(revocations.empty()) << "nobody used one before";
  EXPECT_TRUE(identity->describe(mine, device)->secret_was_chosen);
  EXPECT_TRUE(identity->is_secret(mine, device, "Tomaten-am-Fenster-7").value());
  EXPECT_FALSE(identity->is_secret(mine, device, "Tomaten-am-Fenster-8").value());
  ASSERT_TRUE(identity->set_secret(mine, device, identity->suggest_secret(),
                                   Identity::SecretOrigin::suggested));
  EXPECT_EQ(revocations.size(), 1U);
  EXPECT_FALSE(identity->describe(mine, device)->secret_was_chosen);
  ASSERT_TRUE(identity->clear_secret(mine, device));
  EXPECT_EQ(revocations.size(), 2U);
  ASSERT_TRUE(identity->clear_secret(mine, device));
  EXPECT_EQ(revocations.size(), 2U);
  EXPECT_FALSE(identity->is_secret(mine, device, "").value());
}

TEST_F(IdentityTest, AForgeryRaisesOneAlarmASecond) {
  const ForgedLeaf forged{crypto::sha256(as_bytes("forged")), GenerationId(1), "somebody"};
  identity->report_forged(forged);
  ASSERT_EQ(alarms.size(), 1U) << "the first at once";
  EXPECT_EQ(alarms[0].count, 1U);
  EXPECT_FALSE(alarms[0].is_suspect);
  for (int i = 0; i < 50; ++i) identity->report_forged(forged);
  identity->tick();
  EXPECT_EQ(alarms.size(), 1U);
  clock.advance(1s);
  identity->tick();
  ASSERT_EQ(alarms.size(), 2U);
  EXPECT_EQ(alarms[1].count, 50U);
  clock.advance(1s);
  identity->tick();
  EXPECT_EQ(alarms.size(), 2U);
}

// The hub died after the vault had issued and before the copy had the entry.
TEST_F(IdentityTest, WhatTheVaultIssuedUnseenIsNoForgery) {
  const auto unseen = vault.client().issue_device_certificate(
      {device, Profile::board, crypto::CertificateRequest::build(key, "x").value(), {}});
  ASSERT_TRUE(unseen);

  identity->report_forged({unseen->entry.leaf, GenerationId(1), device.value().to_text()});

  EXPECT_TRUE(alarms.empty());
  EXPECT_FALSE(identity->published().load()->admit_certificate(unseen->certificate, clock.now()))
      << "and yet it is not admitted, for its key is pinned nowhere";
}

TEST_F(IdentityTest, AnAlarmIsSuspectWhileTheLedgerCannotBeRead) {
  vault.disconnect();
  identity->report_forged({crypto::Digest{}, GenerationId(1), ""});
  ASSERT_EQ(alarms.size(), 1U);
  EXPECT_TRUE(alarms[0].is_suspect);
}

TEST_F(IdentityTest, TheCopyCatchesUpAtTheStart) {
  static_cast<void>(enrol(Profile::board));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(vault.client().issue_device_certificate(
        {DeviceId(random_uuid(random)),
         Profile::standard,
         crypto::CertificateRequest::build(key, "x").value(),
         {}}));
  }
  reopen();
  const auto checkpoint =
      ledger::verify_checkpoint(identity->checkpoint().value(), identity->ledger_key());
  EXPECT_EQ(checkpoint->size, 4U);
}

TEST_F(IdentityTest, AChangedCopyStopsTheStart) {
  const Bytes leaf = enrol(Profile::board);
  static_cast<void>(enrol(Profile::board));
  // Somebody with the database's key makes the first entry an entry for another device's key.
  auto entry = identity->certificate(mine, device, crypto::sha256(leaf))->entry;
  entry.key.fill(0x66);
  ASSERT_TRUE(database.run("UPDATE identity_certificate SET entry = ? WHERE ledger_index = 0",
                           entry.encode()));
  identity.reset();
  const auto opened = open(vault);
  EXPECT_EQ(opened.error().code, Errc::corrupted);
}

TEST_F(IdentityTest, ACopyThatLacksOrHasMoreEntriesStopsTheStart) {
  static_cast<void>(enrol(Profile::board));
  static_cast<void>(enrol(Profile::board));
  ASSERT_TRUE(database.run("DELETE FROM identity_certificate WHERE ledger_index = 0"));
  identity.reset();
  const auto opened = open(vault);
  EXPECT_EQ(opened.error().code, Errc::corrupted);
}

TEST_F(IdentityTest, AnotherVaultsLedgerIsNotOurs) {
  vault::testing::InProcessVault stranger(clock, random);
  identity.reset();
  const auto opened = open(stranger);
  EXPECT_EQ(opened.error().code, Errc::corrupted);
}

TEST_F(IdentityTest, AProofLeadsFromTheEntryToTheSignedRoot) {
  std::vector<crypto::Digest> leaves;
  for (int i = 0; i < 7; ++i) leaves.push_back(crypto::sha256(enrol(Profile::board)));

  const auto proof = identity->prove(mine, device, leaves[4]);

  ASSERT_TRUE(proof);
  EXPECT_EQ(proof->entry.leaf, leaves[4]);
  EXPECT_EQ(proof->entry.index, 4U);
  const ledger::VerifierKey log{vault.start_keys().ledger_origin, vault.start_keys().ledger_key};
  EXPECT_EQ(ledger::verify(*proof, log)->size, 7U);
}

TEST_F(IdentityTest, WhatDistrustEndsIsToldOnceAndWhenItsTimeHasCome) {
  const Bytes leaf = enrol(Profile::board);
  clock.advance(1s);  // boards of the moment of distrust are not from before it
  std::vector<CertificateKind> lapsed;
  bool was_admitted = false;
  identity->on_lapsed([&](const CertificateKind& kind) {
    lapsed.push_back(kind);
    was_admitted = identity->published().load()->admit_certificate(leaf, clock.now()).has_value();
  });
  const CertificateKind standard{GenerationId(1), Profile::standard};
  const CertificateKind board{GenerationId(1), Profile::board};
  const auto distrust = [&](std::optional<Timestamp> cut_off) {
    ASSERT_TRUE(identity->change_generation(
        {GenerationId(1), vault_ipc::GenerationState::distrusted, cut_off}));
  };

  distrust(clock.now() + 2h);
  EXPECT_EQ(lapsed, std::vector{standard});
  EXPECT_TRUE(was_admitted) << "a board, which goes on";
  clock.advance(1h);
  identity->tick();
  EXPECT_EQ(lapsed.size(), 1U);

  clock.advance(1h);
  identity->tick();
  EXPECT_EQ(lapsed, (std::vector{standard, board}));
  EXPECT_FALSE(was_admitted) << "told after the rule holds";
  identity->tick();
  EXPECT_EQ(lapsed.size(), 2U);

  distrust(clock.now() + 1h);  // its owner thinks better of it
  EXPECT_TRUE(identity->published().load()->admit_certificate(leaf, clock.now()));
  distrust(clock.now());
  EXPECT_EQ(lapsed.size(), 3U);
  EXPECT_EQ(lapsed.back(), board);
}

TEST_F(IdentityTest, ExpiredLeavesLeaveTheSnapshotOnceNobodyMayRenewThem) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::standard));
  EXPECT_NE(identity->published().load()->leaves().find(leaf), nullptr);
  clock.advance(24h * 61);
  identity->tick();
  EXPECT_NE(identity->published().load()->leaves().find(leaf), nullptr);
  clock.advance(kRenewalGrace);
  identity->tick();
  EXPECT_EQ(identity->published().load()->leaves().find(leaf), nullptr);
  reopen();
  EXPECT_EQ(identity->published().load()->leaves().find(leaf), nullptr);
}

// The fields that Arduino's provisioning tools hand to a board, and what the board makes of them.
TEST(Compress, IsWhatABoardPutsBackTogether) {
  const crypto::testing::VectorFile board(FASTNESS_TEST_VECTORS "/board_certificate.json");
  const auto certificate = crypto::Certificate::parse(board.bytes("certificate")).value();

  const auto parts = compress(certificate);

  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->serial, board.text("serial"));
  EXPECT_EQ(parts->authority_key_identifier, board.text("authority_key_id"));
  EXPECT_EQ(parts->not_before, board.text("not_before"));
  EXPECT_EQ(parts->not_after, "2057-11-22T00:00:00Z");
  EXPECT_EQ(parts->signature, board.text("signature"));
  EXPECT_EQ(parts->signature_r + parts->signature_s, board.text("signature"));
  // Slot 10: signature, three bytes of dates, five of nothing; slot 11: serial, key identifier.
  EXPECT_EQ(parts->signature +
                "d5d81f"
                "0000000000",
            board.text("slot_10"));
  EXPECT_EQ(parts->serial + parts->authority_key_identifier, board.text("slot_11"));
}

TEST_F(IdentityTest, OnlyBoardCertificatesCompress) {
  static_cast<void>(enrol(Profile::standard));
  static_cast<void>(enrol(Profile::board));
  const auto records = identity->certificates(mine, device).value();
  const auto board = crypto::Certificate::parse(records[0].der).value();
  const auto standard = crypto::Certificate::parse(records[1].der).value();
  EXPECT_TRUE(compress(board));
  EXPECT_EQ(compress(standard).error().code, Errc::invalid_argument);
}

TEST(DeviceSecret, SuggestionsAreAcceptedAndAllDifferent) {
  crypto::SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string secret = random_secret(random);
    EXPECT_EQ(secret.size(), 32U);
    EXPECT_TRUE(check_chosen_secret(secret)) << secret;
    EXPECT_TRUE(seen.insert(secret).second);
  }
}

TEST(DeviceSecret, WeakOnesAreRefused) {
  for (const char* weak :
       {"", "short", "aaaaaaaaaaaaaaaaaaaaaaaa", "abcdefghijklmnopqrstuvwx", "12345678901234567890",
        "passwordpassword", "abcabcabcabcabcabcabcabc", "0123456701234567", "with a space in it 1X",
        "tab\tin it 12345678XY", "ABABABABABABABABABABABAB"}) {
    EXPECT_EQ(check_chosen_secret(weak).error().code, Errc::invalid_argument) << weak;
  }
  EXPECT_FALSE(
      check_chosen_secret(std::string(200, 'x') + "Gr7!kLm2zQ9#pWv4" + std::string(41, 'y')));
  EXPECT_TRUE(check_chosen_secret("Gr7!kLm2zQ9#pWv4"));
  EXPECT_TRUE(check_chosen_secret("Tomaten-am-Fenster-7"));
}

TEST(DeviceSecret, IsHeldToItsLength) {
  std::string strong;
  for (int i = 0; strong.size() < kMaxSecret; ++i) {
    strong += static_cast<char>('!' + (i * 37) % 90);
  }
  EXPECT_TRUE(check_chosen_secret(strong));
  const auto longer = check_chosen_secret(strong + "x");
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().message, "a secret key has at most 256 characters");
  EXPECT_TRUE(check_chosen_secret(strong.substr(0, kMinSecret)));
  const auto shorter = check_chosen_secret(strong.substr(0, kMinSecret - 1));
  ASSERT_FALSE(shorter);
  EXPECT_EQ(shorter.error().message, "a secret key needs 16 characters");
}

}  // namespace
}  // namespace fastness::identity
