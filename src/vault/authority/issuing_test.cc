// Certificates for devices, and the generations that sign them, through the requests of a hub.
#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/merkle.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_request.h"
#include "ledger/checkpoint.h"
#include "vault/vault_fixture_test.h"

namespace fastness::vault {
namespace {

using namespace std::chrono_literals;
using vault_ipc::Continuity;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;
using vault_ipc::Profile;

using testing::kDirectory;
using testing::uuid;
using testing::VaultTest;

TEST_F(VaultTest, BuildsTheCertificateItselfWhateverTheRequestSays) {
  const auto issued = issue(device, key);
  ASSERT_TRUE(issued);
  const auto certificate = crypto::Certificate::parse(issued->certificate).value();

  EXPECT_EQ(certificate.common_name(), device.value().to_text());
  EXPECT_EQ(certificate.not_before(), Timestamp(std::chrono::sys_days(2026y / 11 / 22)) + 1h);
  EXPECT_EQ(certificate.not_after() - certificate.not_before(), std::chrono::days(60));
  EXPECT_FALSE(certificate.is_authority());
  EXPECT_EQ(certificate.serial().size(), 16U);
  const auto issuer = crypto::PublicKey::from_point(generation(1).key).value();
  EXPECT_TRUE(certificate.is_signed_by(issuer));
  EXPECT_EQ(to_hex(certificate.authority_key_id()), to_hex(issuer.key_id()));
  EXPECT_EQ(issued->entry.leaf, certificate.digest());
  EXPECT_EQ(issued->entry.key, key.public_key().digest());
  EXPECT_EQ(issued->entry.not_after, certificate.not_after());
}

TEST_F(VaultTest, RefusesARequestWithoutProofOfPossession) {
  Bytes request = crypto::CertificateRequest::build(key, "x").value();
  request.back() ^= 1U;
  const auto issued =
      vault->answer(vault_ipc::IssueDeviceCertificate{device, Profile::board, request, {}});
  EXPECT_EQ(issued.error().code, Errc::invalid_argument);
  EXPECT_EQ(vault->answer(vault_ipc::ReadLedger{})->size, 0U);
}

TEST_F(VaultTest, TheLedgerIsWrittenBeforeTheSignatureIsReleased) {
  files.fail_call(files.calls() + 2, Errc::unavailable);  // the write's sync

  EXPECT_EQ(issue(device, key).error().code, Errc::unavailable);

  EXPECT_FALSE(issue(device, key)) << "until the vault knows again what is on its disk";
  restart();
  EXPECT_TRUE(issue(device, key));
}

TEST_F(VaultTest, AnotherKeyForAKnownDeviceNeedsTheOldKeyOrAnApproval) {
  ASSERT_EQ(issue(device, key)->entry.continuity, Continuity::first);
  ASSERT_EQ(issue(device, key)->entry.continuity, Continuity::same_key);
  EXPECT_EQ(issue(device, other_key).error().code, Errc::permission_denied);
  restart();
  EXPECT_EQ(issue(device, other_key).error().code, Errc::permission_denied)
      << "a restart forgets nothing";

  const auto statement = vault_ipc::continuity_statement(device, other_key.public_key().digest());
  const auto elsewhere =
      vault_ipc::continuity_statement(DeviceId(uuid(2)), other_key.public_key().digest());
  using vault_ipc::OldKeySignature;
  const auto proof = [&](const crypto::PrivateKey& signer, const Bytes& what) {
    return OldKeySignature{signer.public_key().point(), signer.sign(what)};
  };
  EXPECT_FALSE(issue(device, other_key, Profile::standard, proof(other_key, statement)))
      << "the new key cannot vouch for itself";
  EXPECT_FALSE(issue(device, other_key, Profile::standard, proof(key, elsewhere)))
      << "a signature for another device";
  OldKeySignature mixed = proof(other_key, statement);
  mixed.old_key = key.public_key().point();
  EXPECT_FALSE(issue(device, other_key, Profile::standard, mixed));

  const auto vouched = issue(device, other_key, Profile::standard, proof(key, statement));
  ASSERT_TRUE(vouched);
  EXPECT_EQ(vouched->entry.continuity, Continuity::signed_by_old_key);
  EXPECT_FALSE(issue(device, key)) << "and now the old key is the other one";
}

// Changes the device's key to another, with the old one's signature, and takes that back.
class KeyChangeTest : public VaultTest {
 protected:
  KeyChangeTest() { EXPECT_TRUE(issue(device, key)); }

  vault_ipc::OldKeySignature signed_by(const crypto::PrivateKey& old_key,
                                       const crypto::PrivateKey& new_key) const {
    const auto statement = vault_ipc::continuity_statement(device, new_key.public_key().digest());
    return {old_key.public_key().point(), old_key.sign(statement)};
  }

  void change_key() {
    ASSERT_TRUE(issue(device, other_key, Profile::standard, signed_by(key, other_key)));
  }

  Result<vault_ipc::IssuedDeviceCertificate> take_back(const crypto::PrivateKey& old_key) {
    return vault->answer(
        vault_ipc::TakeBackKeyChange{device, Profile::standard, old_key.public_key().point()});
  }
};

TEST_F(KeyChangeTest, IsTakenBackToTheKeyBefore) {
  change_key();
  clock.advance(47h);
  restart();

  const auto returned = take_back(key);

  ASSERT_TRUE(returned) << returned.error().message;
  EXPECT_EQ(returned->entry.continuity, Continuity::taken_back) << "the ledger says so";
  EXPECT_EQ(returned->entry.key, key.public_key().digest());
  EXPECT_EQ(crypto::Certificate::parse(returned->certificate)->key_digest(),
            key.public_key().digest());
  EXPECT_EQ(issue(device, key)->entry.continuity, Continuity::same_key) << "it goes on";
  EXPECT_FALSE(issue(device, other_key)) << "and the other key does not";
}

TEST_F(KeyChangeTest, IsTakenBackOnceOnly) {
  EXPECT_EQ(take_back(key).error().code, Errc::not_found) << "nothing was changed";
  change_key();
  ASSERT_TRUE(take_back(key));
  EXPECT_EQ(take_back(key).error().code, Errc::not_found);
  EXPECT_EQ(take_back(other_key).error().code, Errc::not_found) << "nor forward again";
  restart();
  EXPECT_EQ(take_back(key).error().code, Errc::not_found);
}

TEST_F(KeyChangeTest, IsTakenBackToNoOtherKey) {
  change_key();
  EXPECT_EQ(take_back(crypto::PrivateKey::generate()).error().code, Errc::permission_denied);
  EXPECT_EQ(take_back(other_key).error().code, Errc::permission_denied);
  const auto nonsense = vault->answer(
      vault_ipc::TakeBackKeyChange{device, Profile::standard, crypto::PublicKey::Point{}});
  EXPECT_EQ(nonsense.error().code, Errc::permission_denied);
  const auto others = vault->answer(
      vault_ipc::TakeBackKeyChange{DeviceId(uuid(2)), Profile::standard, key.public_key().point()});
  EXPECT_EQ(others.error().code, Errc::not_found) << "another device's change";
  EXPECT_TRUE(issue(device, other_key)) << "none of it counted";
}

TEST_F(KeyChangeTest, IsNotTakenBackWhenTwoDaysHavePassed) {
  change_key();
  clock.advance(24h);
  ASSERT_TRUE(issue(device, other_key)) << "a renewal meanwhile does not move that time";
  clock.advance(24h);
  EXPECT_EQ(take_back(key).error().code, Errc::permission_denied);
}

// The signature is the same as it was the first time, and whoever kept it may send it again.
TEST_F(KeyChangeTest, WhatWasTakenBackIsNotChangedToAgain) {
  change_key();
  ASSERT_TRUE(take_back(key));
  const auto again = [&] {
    return issue(device, other_key, Profile::standard, signed_by(key, other_key)).error().code;
  };
  EXPECT_EQ(again(), Errc::permission_denied);
  restart();
  EXPECT_EQ(again(), Errc::permission_denied) << "a restart forgets nothing";
  const auto third = crypto::PrivateKey::generate();
  EXPECT_TRUE(issue(device, third, Profile::standard, signed_by(key, third)));
}

TEST_F(KeyChangeTest, TakingBackKeepsToTheRate) {
  change_key();
  for (std::uint8_t i = 2; i < 6; ++i) ASSERT_TRUE(issue(DeviceId(uuid(i)), key));
  EXPECT_EQ(take_back(key).error().code, Errc::exhausted);
  clock.advance(1s);
  EXPECT_TRUE(take_back(key));
}

TEST_F(VaultTest, IssuesOnlySoFast) {
  for (std::uint8_t i = 0; i < 6; ++i) ASSERT_TRUE(issue(DeviceId(uuid(i)), key));
  EXPECT_EQ(issue(device, key).error().code, Errc::exhausted);
  clock.advance(1s);
  EXPECT_TRUE(issue(device, key));
  EXPECT_FALSE(issue(device, key));
}

// A fleet whose authority was given up waits for nobody; and what it is owed is no way around the
// limit.
TEST_F(VaultTest, WhatAGivenUpGenerationLeftIsOwedOnceAndForTheSameKey) {
  for (std::uint8_t i = 1; i <= 6; ++i) ASSERT_TRUE(issue(DeviceId(uuid(i)), key));
  ASSERT_TRUE(vault->answer(vault_ipc::ChangeGeneration{}));
  ASSERT_EQ(change(2, GenerationState::trusted), Errc{});
  ASSERT_EQ(change(2, GenerationState::issuing), Errc{});
  EXPECT_EQ(issue(device, key).error().code, Errc::exhausted) << "a routine step owes nothing";
  ASSERT_EQ(change(1, GenerationState::distrusted), Errc{});

  EXPECT_EQ(issue(DeviceId(uuid(7)), key).error().code, Errc::exhausted) << "a new device";
  EXPECT_FALSE(issue(device, other_key)) << "another key";
  for (std::uint8_t i = 1; i <= 6; ++i) EXPECT_TRUE(issue(DeviceId(uuid(i)), key));
  EXPECT_EQ(issue(device, key).error().code, Errc::exhausted) << "again";
  restart();
  for (std::uint8_t i = 1; i <= 6; ++i) ASSERT_TRUE(issue(device, key)) << "within the limit";
  EXPECT_EQ(issue(device, key).error().code, Errc::exhausted) << "it knows after a restart too";
}

TEST_F(VaultTest, AClockThatWentBackStopsIssuing) {
  clock.advance(10h);
  ASSERT_TRUE(issue(device, key));
  clock.advance(-9h);
  EXPECT_EQ(issue(device, key).error().code, Errc::unavailable);
}

TEST_F(VaultTest, CheckpointsCoverWhatWasIssued) {
  ASSERT_TRUE(issue(device, key));
  const auto issued = issue(DeviceId(uuid(2)), other_key);
  const auto keys = vault->answer(vault_ipc::TakeStartKeys{}).value();

  const auto checkpoint =
      ledger::verify_checkpoint(issued->checkpoint, {keys.ledger_origin, keys.ledger_key});

  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->size, 2U);
  crypto::MerkleFrontier tree;
  const auto page = vault->answer(vault_ipc::ReadLedger{}).value();
  for (const auto& entry : page.entries) {
    tree.append(entry.merkle_leaf());
  }
  EXPECT_EQ(checkpoint->root, tree.root());
  EXPECT_NE(keys.ledger_key, keys.audit_key);
}

TEST_F(VaultTest, GenerationsMoveInTheirOrderOnly) {
  EXPECT_EQ(generation(1).state, GenerationState::issuing) << "the first start makes one";
  for (const auto state :
       {GenerationState::staged, GenerationState::trusted, GenerationState::issuing,
        GenerationState::retiring, GenerationState::destroyed}) {
    EXPECT_EQ(change(1, state), Errc::permission_denied) << to_text(state);
  }
  ASSERT_TRUE(vault->answer(vault_ipc::ChangeGeneration{}));
  EXPECT_EQ(change(2, GenerationState::issuing), Errc::permission_denied) << "not yet trusted";
  EXPECT_EQ(change(2, GenerationState::distrusted), Errc::permission_denied);
  EXPECT_EQ(change(2, GenerationState::trusted), Errc{});
  EXPECT_EQ(change(2, GenerationState::issuing), Errc{});
  EXPECT_EQ(generation(1).state, GenerationState::retiring);
  EXPECT_EQ(change(7, GenerationState::trusted), Errc::not_found);
  EXPECT_EQ(change(1, GenerationState::issuing), Errc::permission_denied) << "no way back";
  restart();
  EXPECT_EQ(generation(1).state, GenerationState::retiring);
  EXPECT_EQ(issue(device, key)->entry.generation, GenerationId(2));
}

TEST_F(VaultTest, TheTimeOfDistrustStandsWhenTheCutOffMoves) {
  ASSERT_EQ(change(1, GenerationState::distrusted), Errc{});
  const auto first = generation(1).distrusted_at;
  clock.advance(24h);
  const Timestamp cut_off = clock.now() + 240h;
  ASSERT_TRUE(vault->answer(
      vault_ipc::ChangeGeneration{GenerationId(1), GenerationState::distrusted, cut_off}));
  EXPECT_EQ(generation(1).distrusted_at, first);
  EXPECT_EQ(generation(1).board_cut_off, cut_off);
}

TEST_F(VaultTest, ADestroyedKeyIsGoneAndItsNameIsNot) {
  ASSERT_EQ(change(1, GenerationState::distrusted), Errc{});
  ASSERT_EQ(change(1, GenerationState::destroyed), Errc{});
  EXPECT_EQ(os::read_file(files, kDirectory / "keys/device-authority-1", 4096).error().code,
            Errc::not_found);
  EXPECT_EQ(generation(1).state, GenerationState::destroyed);
  EXPECT_EQ(change(1, GenerationState::distrusted), Errc::permission_denied);
  EXPECT_EQ(issue(device, key)->entry.generation, GenerationId(2)) << "the next one took over";
}

TEST_F(VaultTest, AfterThirtyDaysTheNextGenerationIssues) {
  ASSERT_EQ(issue(device, key)->entry.generation, GenerationId(1));
  clock.advance(24h * 30);

  EXPECT_EQ(issue(device, key)->entry.generation, GenerationId(2));

  EXPECT_EQ(generation(1).state, GenerationState::retiring);
  EXPECT_NE(generation(1).key, generation(2).key);
  const auto first = crypto::Certificate::parse(generation(1).certificate).value();
  const auto second = crypto::Certificate::parse(generation(2).certificate).value();
  EXPECT_EQ(to_hex(first.subject()), to_hex(second.subject())) << "boards know one issuer name";
  EXPECT_NE(to_hex(first.subject_key_id()), to_hex(second.subject_key_id()));
}

}  // namespace
}  // namespace fastness::vault
