// The admission rule, attacked.
#include "identity/admission/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/testing/vector_file.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_body.h"
#include "identity/admission/admission_fixture_test.h"

namespace fastness::identity {
namespace {

using testing::AdmissionTest;
using namespace std::chrono_literals;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;
using vault_ipc::Profile;

TEST_F(AdmissionTest, AdmitsWhatWasIssued) {
  EXPECT_TRUE(admits(enrol(Profile::standard)));
  EXPECT_TRUE(admits(enrol(Profile::board)));
}

TEST_F(AdmissionTest, ACertificateOfTheRightKeyThatWasNeverIssuedIsForgedAndNamesTheKey) {
  static_cast<void>(enrol(Profile::standard));
  const crypto::PrivateKey thiefs = crypto::PrivateKey::generate();
  for (const bool with_key_id : {true, false}) {
    const Bytes leaf = forge(device, thiefs, with_key_id);
    const auto answer = identity->published().load()->admit_certificate(leaf, clock.now());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, RefusalReason::forged);
    ASSERT_TRUE(answer.error().forged);
    EXPECT_EQ(answer.error().forged->generation, GenerationId(1));
    EXPECT_EQ(answer.error().forged->leaf, crypto::sha256(leaf));
    EXPECT_EQ(answer.error().forged->untrusted_name, device.value().to_text());
    const auto handshake = identity->published().load()->admit_handshake(leaf, clock.now());
    ASSERT_FALSE(handshake);
    EXPECT_EQ(handshake.error().reason, RefusalReason::forged);
    ASSERT_TRUE(handshake.error().forged) << "there would be no alarm";
    EXPECT_EQ(handshake.error().forged->leaf, crypto::sha256(leaf));
    EXPECT_FALSE(admits(leaf));
  }
  // Not even for the key that is pinned.
  EXPECT_EQ(refusal(forge(device, key)), RefusalReason::forged);
}

// Everybody may read the authority's certificates, and show one in a handshake without its key.
TEST_F(AdmissionTest, WhatIsPublicOfTheAuthorityIsNoForgery) {
  ASSERT_TRUE(identity->authority().rotate({RotationKind::routine, "monthly", 0s, std::nullopt}));
  const auto list = identity->generations().value();
  ASSERT_EQ(list.size(), 2U);
  for (const Bytes& shown :
       {list[0].certificate, list[1].certificate, list[1].new_with_old, list[0].old_with_new}) {
    ASSERT_FALSE(shown.empty());
    EXPECT_EQ(refusal(shown), RefusalReason::unknown_certificate);
  }
  // A link that was withdrawn is in somebody's hands still.
  distrust(1);
  EXPECT_EQ(refusal(list[0].old_with_new), RefusalReason::unknown_certificate);
}

TEST_F(AdmissionTest, AForgedAuthorityIsAForgery) {
  const auto thiefs = crypto::PrivateKey::generate();
  crypto::CertificateBody body;
  body.serial = {0x41};
  body.issuer = crypto::encode_name({{crypto::NameAttribute::common_name, "Arduino"}}).value();
  body.subject = body.issuer;
  body.not_before = clock.now();
  body.not_after = clock.now() + 24h;
  body.extensions = {crypto::authority_extension(0)};
  for (const crypto::PrivateKey* subject : {&thiefs, &authority_key}) {
    body.spki = subject->public_key().to_spki();
    // A leaf over the stolen key itself is no authority, and is noticed.
    if (subject == &authority_key) body.extensions = {crypto::end_entity_extension()};
    const Bytes tbs = body.to_tbs();
    EXPECT_EQ(refusal(crypto::assemble_certificate(tbs, authority_key.sign(tbs))),
              RefusalReason::forged);
  }
}

TEST_F(AdmissionTest, AForgeryUnderADestroyedGenerationIsStillNoticed) {
  static_cast<void>(enrol(Profile::standard));
  const Bytes leaf = forge(device, key);
  distrust(1);
  ASSERT_TRUE(
      identity->change_generation({GenerationId(1), GenerationState::destroyed, std::nullopt}));
  EXPECT_EQ(refusal(leaf), RefusalReason::forged);
}

// Tools write certificates of version 1, with two names or with other oddities; none is admitted,
// and the thief's key is noticed in all of them.
TEST_F(AdmissionTest, AForgeryThatWeCannotReadIsNoticedToo) {
  const auto signed_by_thief = [&](const Bytes& tbs) {
    return crypto::assemble_certificate(tbs, authority_key.sign(tbs));
  };
  Bytes version_1 = to_bytes(crypto::Certificate::parse(forge(device, key))->tbs());
  version_1[8] = 0;
  EXPECT_FALSE(crypto::Certificate::parse(signed_by_thief(version_1)));
  EXPECT_EQ(refusal(signed_by_thief(version_1)), RefusalReason::forged);
  EXPECT_EQ(refusal(signed_by_thief(from_hex("3000").value())), RefusalReason::forged);
  Bytes trailing = forge(device, key);
  trailing.push_back(0);
  EXPECT_EQ(refusal(trailing), RefusalReason::forged);
}

TEST_F(AdmissionTest, StrangersAreUnknownAndNoAlarm) {
  Bytes leaf = forge(device, key);
  leaf.back() ^= 1U;
  EXPECT_EQ(refusal(leaf), RefusalReason::unknown_certificate);
  const crypto::testing::VectorFile board(FASTNESS_TEST_VECTORS "/board_certificate.json");
  EXPECT_EQ(refusal(board.bytes("certificate")), RefusalReason::unknown_certificate);
  EXPECT_EQ(refusal({}), RefusalReason::malformed);
  EXPECT_EQ(refusal(Bytes(500, 0x30)), RefusalReason::malformed);
  EXPECT_FALSE(identity->published().load()->admit_digest(crypto::Digest{}, clock.now()));
}

TEST_F(AdmissionTest, NoByteOfALeafCanBeChanged) {
  const Bytes leaf = enrol(Profile::board);
  for (std::size_t i = 0; i < leaf.size(); i += 7) {
    Bytes changed = leaf;
    changed[i] ^= 1U;
    EXPECT_FALSE(identity->published().load()->admit_certificate(changed, clock.now())) << i;
  }
}

TEST_F(AdmissionTest, ALeafIsGoodBetweenItsDatesOnly) {
  const Bytes leaf = enrol(Profile::standard);
  clock.advance(-2h);
  EXPECT_EQ(refusal(leaf), RefusalReason::not_yet_valid);
  clock.advance(2h + 24h * 59);
  EXPECT_TRUE(admits(leaf));
  clock.advance(24h);
  EXPECT_FALSE(admits(leaf));
  EXPECT_EQ(refusal(leaf), RefusalReason::expired);
}

TEST_F(AdmissionTest, ASecondKeyUnpinsTheFirst) {
  const Bytes first = enrol(Profile::standard);
  const crypto::PrivateKey second_key = crypto::PrivateKey::generate();

  const Bytes second = enrol(
      Profile::standard, second_key,
      vault_ipc::OldKeySignature{
          key.public_key().point(),
          key.sign(vault_ipc::continuity_statement(device, second_key.public_key().digest()))});

  EXPECT_TRUE(admits(second));
  EXPECT_FALSE(admits(first));
  EXPECT_EQ(refusal(first), RefusalReason::wrong_key);
}

TEST_F(AdmissionTest, EveryStateButActiveShutsTheDoor) {
  const Bytes leaf = enrol(Profile::board);
  ASSERT_TRUE(identity->suspend(mine, device, "holiday"));
  EXPECT_FALSE(admits(leaf));
  EXPECT_EQ(refusal(leaf), RefusalReason::suspended);
  ASSERT_TRUE(identity->resume(mine, device));
  EXPECT_TRUE(admits(leaf));
  ASSERT_TRUE(identity->quarantine(mine, device, "two at once"));
  EXPECT_FALSE(admits(leaf));
  EXPECT_EQ(refusal(leaf), RefusalReason::quarantined);
  ASSERT_TRUE(identity->resume(mine, device));
  ASSERT_TRUE(identity->revoke(mine, device, "stolen"));
  EXPECT_FALSE(admits(leaf));
  EXPECT_EQ(identity->resume(mine, device).error().code, Errc::permission_denied);
  reopen();
  EXPECT_FALSE(admits(leaf)) << "nor after a restart";
}

TEST_F(AdmissionTest, ARevokedCertificateDiesAlone) {
  const Bytes first = enrol(Profile::standard);
  const Bytes second = enrol(Profile::standard);
  ASSERT_TRUE(identity->revoke_certificate(mine, device, crypto::sha256(first), "lost"));
  EXPECT_EQ(refusal(first), RefusalReason::certificate_revoked);
  EXPECT_FALSE(admits(first));
  EXPECT_TRUE(admits(second));
  reopen();
  EXPECT_FALSE(admits(first));
  EXPECT_TRUE(admits(second));
}

TEST_F(AdmissionTest, ARemovedDeviceIsUnknown) {
  const Bytes leaf = enrol(Profile::board);
  ASSERT_TRUE(identity->remove_device(mine, device));
  EXPECT_EQ(refusal(leaf), RefusalReason::unknown_device);
  EXPECT_FALSE(admits(leaf));
}

TEST_F(AdmissionTest, RetiringAdmitsAllItsLeaves) {
  const Bytes standard = enrol(Profile::standard);
  clock.advance(24h * 31);
  const DeviceId other(random_uuid(random));
  ASSERT_TRUE(identity->add_device(mine, other));
  ASSERT_TRUE(identity->enrol({mine, other, Profile::standard, request_for(authority_key), {}}));
  ASSERT_EQ(identity->generations()->at(0).state, GenerationState::retiring);
  EXPECT_TRUE(admits(standard));
}

TEST_F(AdmissionTest, DistrustedAdmitsBoardsThatWereLedgeredBeforeAndNobodyElse) {
  const Bytes board = enrol(Profile::board);
  const Bytes standard = enrol(Profile::standard);
  clock.advance(1s);

  distrust(1);

  EXPECT_TRUE(admits(board));
  EXPECT_FALSE(admits(standard));
  EXPECT_EQ(refusal(standard), RefusalReason::generation);
  reopen();
  EXPECT_TRUE(admits(board));
  EXPECT_FALSE(admits(standard));
}

TEST_F(AdmissionTest, TheOwnersCutOffEndsBoardsOfADistrustedGeneration) {
  const Bytes board = enrol(Profile::board);
  clock.advance(1s);
  distrust(1, clock.now() + 24h);
  EXPECT_TRUE(admits(board));
  clock.advance(24h);
  EXPECT_FALSE(admits(board));
  EXPECT_EQ(refusal(board), RefusalReason::generation);
}

// Written straight into a snapshot: no honest vault ledgers under a generation it distrusts.
TEST_F(AdmissionTest, ABoardLedgeredAfterTheDistrustIsRefused) {
  const Bytes board = enrol(Profile::board);
  clock.advance(1s);
  distrust(1);
  const auto snapshot = identity->published().load();
  LedgeredLeaf late = *snapshot->leaves().find(crypto::sha256(board));
  late.time = clock.now();
  const AdmissionSnapshot changed(snapshot->generations(), snapshot->devices(),
                                  snapshot->leaves().with(crypto::sha256(board), late),
                                  snapshot->secret_hash());
  EXPECT_EQ(changed.admit_certificate(board, clock.now()).error().reason,
            RefusalReason::generation);
}

// The hub's copy of the ledger is only a file: a leaf put into it is still held against the key of
// the generation that it names.
TEST_F(AdmissionTest, ALeafSmuggledIntoTheCopyFailsTheSignature) {
  static_cast<void>(enrol(Profile::board));
  const crypto::PrivateKey not_an_authority = crypto::PrivateKey::generate();
  Bytes leaf = forge(device, key);
  const auto body = crypto::Certificate::parse(leaf).value();
  leaf = crypto::assemble_certificate(body.tbs(), not_an_authority.sign(body.tbs()));
  const AdmissionSnapshot changed = with_smuggled(leaf, Profile::board);
  EXPECT_EQ(changed.admit_certificate(leaf, clock.now()).error().reason,
            RefusalReason::wrong_signature);
}

TEST_F(AdmissionTest, ALeafOfAGenerationThatNobodyKnowsIsRefused) {
  const Bytes board = enrol(Profile::board);
  const auto snapshot = identity->published().load();
  const AdmissionSnapshot changed(
      std::make_shared<const std::vector<AdmissionSnapshot::TrustedGeneration>>(),
      snapshot->devices(), snapshot->leaves(), snapshot->secret_hash());
  EXPECT_EQ(changed.admit_certificate(board, clock.now()).error().reason,
            RefusalReason::generation);
  EXPECT_FALSE(changed.admit_digest(crypto::sha256(board), clock.now()));
}

// --- renewing: what a leaf is good for that is let in nowhere ------------------------------------

TEST_F(AdmissionTest, WhatIsNoLeafOfOursIsNotRecognised) {
  static_cast<void>(enrol(Profile::standard));
  const auto refused = [&](ByteView leaf) {
    const auto answer = identity->published().load()->recognise(leaf, clock.now());
    EXPECT_FALSE(answer);
    return answer ? RefusalReason::malformed : answer.error().reason;
  };
  const Bytes forged = forge(device, key);
  EXPECT_EQ(refused(forged), RefusalReason::forged) << "not even for the key that is pinned";
  EXPECT_TRUE(identity->published().load()->recognise(forged, clock.now()).error().forged);
  EXPECT_FALSE(identity->published().load()->admit_renewal(crypto::sha256(forged), clock.now()));
  EXPECT_EQ(refused({}), RefusalReason::malformed);
  Bytes strangers = forged;
  strangers.back() ^= 1U;
  EXPECT_EQ(refused(strangers), RefusalReason::unknown_certificate);
}

TEST_F(AdmissionTest, ALeafSmuggledIntoTheCopyIsNotRecognised) {
  static_cast<void>(enrol(Profile::standard));
  const crypto::PrivateKey not_an_authority = crypto::PrivateKey::generate();
  const auto body = crypto::Certificate::parse(forge(device, key)).value();
  const Bytes leaf = crypto::assemble_certificate(body.tbs(), not_an_authority.sign(body.tbs()));
  const AdmissionSnapshot changed = with_smuggled(leaf, Profile::standard);
  EXPECT_EQ(changed.recognise(leaf, clock.now()).error().reason, RefusalReason::wrong_signature);
}

TEST_F(AdmissionTest, SecretsAreAskedForStateAndHash) {
  const auto ask = [&](std::string_view secret) {
    return identity->published().load()->admit_secret(device, secret, clock.now());
  };
  EXPECT_EQ(ask("anything").error().reason, RefusalReason::no_secret);
  const std::string secret = identity->suggest_secret();
  ASSERT_TRUE(identity->set_secret(mine, device, secret, Identity::SecretOrigin::suggested));
  ASSERT_TRUE(ask(secret));
  EXPECT_EQ(ask(secret)->organisation, mine);
  EXPECT_FALSE(ask(secret)->leaf);
  EXPECT_EQ(ask(secret + "x").error().reason, RefusalReason::wrong_secret);
  EXPECT_EQ(ask("").error().reason, RefusalReason::wrong_secret);
  EXPECT_EQ(identity->published()
                .load()
                ->admit_secret(DeviceId(random_uuid(random)), secret, clock.now())
                .error()
                .reason,
            RefusalReason::unknown_device);
  ASSERT_TRUE(identity->suspend(mine, device, ""));
  EXPECT_EQ(ask(secret).error().reason, RefusalReason::suspended);
  ASSERT_TRUE(identity->resume(mine, device));
  ASSERT_TRUE(identity->revoke(mine, device, ""));
  EXPECT_FALSE(ask(secret));
}

// The same secret on two devices is stored differently, so a stolen table shows no twins.
TEST_F(AdmissionTest, ASecretIsHashedForItsDevice) {
  const SecretHash hash{crypto::SecretBytes(32)};
  EXPECT_NE(hash.of(device, "the same secret"),
            hash.of(DeviceId(random_uuid(random)), "the same secret"));
}

}  // namespace
}  // namespace fastness::identity
