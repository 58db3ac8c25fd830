// The vault's rules, each attacked through the requests that a hub can send.
#include "vault/vault.h"

#include <set>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/merkle.h"
#include "crypto/public_key/rsa.h"
#include "crypto/secret/system_random.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_request.h"
#include "os/testing/faulty_file_system.h"
#include "vault/vault_fixture_test.h"
#include "vault_ipc/messages/checkpoint.h"

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

TEST_F(VaultTest, IssuesOnlySoFast) {
  for (std::uint8_t i = 0; i < 6; ++i) ASSERT_TRUE(issue(DeviceId(uuid(i)), key));
  EXPECT_EQ(issue(device, key).error().code, Errc::exhausted);
  clock.advance(1s);
  EXPECT_TRUE(issue(device, key));
  EXPECT_FALSE(issue(device, key));
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
      vault_ipc::verify_checkpoint(issued->checkpoint, keys.ledger_origin, keys.ledger_key);

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

TEST_F(VaultTest, BothRootsLiveThirtyYearsAndOnlyOneKeyIsThere) {
  const auto anchors = vault->answer(vault_ipc::ReadServerAnchors{}).value();
  for (const Bytes& der : {anchors.active, anchors.standby}) {
    const auto root = crypto::Certificate::parse(der).value();
    EXPECT_TRUE(root.is_authority());
    EXPECT_TRUE(root.is_signed_by(root.public_key().value()));
    EXPECT_GE(root.not_after() - root.not_before(), std::chrono::days(30 * 365));
  }
  EXPECT_NE(anchors.active, anchors.standby);
  restart();
  EXPECT_EQ(vault->answer(vault_ipc::ReadServerAnchors{})->standby, anchors.standby);
}

TEST_F(VaultTest, TheStandbyKeyLeavesSealedAndIsForgotten) {
  const auto taken = vault->server_authority().export_standby();
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->code.size(), 32U + 7U);
  EXPECT_EQ(taken->certificate, vault->answer(vault_ipc::ReadServerAnchors{})->standby);

  ASSERT_TRUE(vault->server_authority().forget_standby());

  EXPECT_FALSE(vault->server_authority().has_standby().value());
  EXPECT_EQ(vault->server_authority().export_standby().error().code, Errc::not_found);
}

TEST_F(VaultTest, ServerCertificatesChainToTheActiveRoot) {
  const crypto::RsaKeyPair rsa = crypto::RsaKeyPair::generate();
  for (const Bytes& spki : {key.public_key().to_spki(), rsa.spki}) {
    const auto issued = vault->answer(
        vault_ipc::IssueServerCertificate{{"hub.example", "wss.hub.example", "10.0.0.7"}, spki});
    ASSERT_TRUE(issued);
    ASSERT_EQ(issued->chain.size(), 2U);
    const auto leaf = crypto::Certificate::parse(issued->chain[0]).value();
    const auto issuer = crypto::Certificate::parse(issued->chain[1]).value();
    const auto root =
        crypto::Certificate::parse(vault->answer(vault_ipc::ReadServerAnchors{})->active).value();
    EXPECT_EQ(to_bytes(leaf.spki()), spki);
    EXPECT_FALSE(leaf.is_authority());
    EXPECT_TRUE(leaf.is_signed_by(issuer.public_key().value()));
    EXPECT_TRUE(issuer.is_signed_by(root.public_key().value()));
    EXPECT_LT(issued->renew_at, issued->not_after);
    EXPECT_EQ(leaf.not_after(), issued->not_after);
  }
}

TEST_F(VaultTest, ServerCertificatesAreForGoodNamesAndKeysOnly) {
  const Bytes spki = key.public_key().to_spki();
  using vault_ipc::IssueServerCertificate;
  EXPECT_FALSE(vault->answer(IssueServerCertificate{{}, spki}));
  EXPECT_FALSE(vault->answer(IssueServerCertificate{{"bad name"}, spki}));
  EXPECT_FALSE(vault->answer(IssueServerCertificate{{"a.example"}, {}}));
  EXPECT_FALSE(vault->answer(IssueServerCertificate{{"a.example"}, Bytes(91, 0x30)}));
}

TEST_F(VaultTest, TheIssuerIsRenewedBeforeItEnds) {
  const auto ask = [&] {
    return vault
        ->answer(vault_ipc::IssueServerCertificate{{"a.example"}, key.public_key().to_spki()})
        .value();
  };
  const Bytes first = ask().chain.at(1);
  clock.advance(24h * 365 * 4 + 24h);
  const auto later = ask();
  EXPECT_NE(later.chain.at(1), first);
  EXPECT_GT(later.not_after, clock.now() + 24h * 80);
}

TEST_F(VaultTest, SegmentKeysComeBackAndNothingElseOpens) {
  vault_ipc::WrapSegmentKey request;
  request.key = crypto::SecretBytes(32);
  request.key.reveal()[0] = 7;
  Bytes wrapped = vault->answer(request)->wrapped;
  restart();
  EXPECT_EQ(vault->answer(vault_ipc::UnwrapSegmentKey{wrapped})->key.reveal()[0], 7);
  wrapped[20] ^= 1U;
  EXPECT_EQ(vault->answer(vault_ipc::UnwrapSegmentKey{wrapped}).error().code, Errc::corrupted);
  request.key = crypto::SecretBytes(31);
  EXPECT_EQ(vault->answer(request).error().code, Errc::invalid_argument);
}

TEST_F(VaultTest, StartKeysAreTheSameAfterARestartAndAllDifferent) {
  const auto keys = vault->answer(vault_ipc::TakeStartKeys{}).value();
  restart();
  const auto again = vault->answer(vault_ipc::TakeStartKeys{}).value();
  std::set<Bytes> distinct;
  for (const auto* key_of_start :
       {&keys.database, &keys.config, &keys.api_key, &keys.session, &keys.device_secret,
        &keys.setup_link, &keys.blind_index, &keys.csrf, &keys.token, &keys.previous_token}) {
    EXPECT_EQ(key_of_start->size(), 32U);
    EXPECT_TRUE(distinct.insert(to_bytes(key_of_start->reveal())).second);
  }
  EXPECT_TRUE(crypto::constant_time_equal(keys.database.reveal(), again.database.reveal()));
  EXPECT_EQ(keys.instance, again.instance);
  clock.advance(24h * 30);
  const auto later = vault->answer(vault_ipc::TakeStartKeys{}).value();
  EXPECT_TRUE(crypto::constant_time_equal(later.previous_token.reveal(), keys.token.reveal()));
  EXPECT_EQ(later.token_epoch, keys.token_epoch + 1);
}

TEST_F(VaultTest, ThePepperIsTheVaultsOwn) {
  crypto::Digest hash{};
  const auto peppered = vault->answer(vault_ipc::PepperPassword{hash})->hash;
  EXPECT_EQ(vault->answer(vault_ipc::PepperPassword{hash})->hash, peppered);
  hash[0] = 1;
  EXPECT_NE(vault->answer(vault_ipc::PepperPassword{hash})->hash, peppered);
}

TEST_F(VaultTest, TheAuditLogsHeadNeverGoesBack) {
  crypto::Digest root{};
  root[0] = 1;
  crypto::Digest rewritten{};
  rewritten[0] = 2;
  ASSERT_TRUE(vault->answer(vault_ipc::SignAuditCheckpoint{5, root}));
  EXPECT_TRUE(vault->answer(vault_ipc::SignAuditCheckpoint{5, root}));
  EXPECT_EQ(vault->answer(vault_ipc::SignAuditCheckpoint{4, root}).error().code,
            Errc::permission_denied);
  EXPECT_EQ(vault->answer(vault_ipc::SignAuditCheckpoint{5, rewritten}).error().code,
            Errc::permission_denied);
  restart();
  EXPECT_FALSE(vault->answer(vault_ipc::SignAuditCheckpoint{4, root})) << "not after a restart";
  const auto keys = vault->answer(vault_ipc::TakeStartKeys{}).value();
  const auto signed_text = vault->answer(vault_ipc::SignAuditCheckpoint{6, rewritten})->text;
  EXPECT_EQ(vault_ipc::verify_checkpoint(signed_text, keys.audit_origin, keys.audit_key)->size, 6U);
  EXPECT_FALSE(vault_ipc::verify_checkpoint(signed_text, keys.ledger_origin, keys.ledger_key));
}

TEST_F(VaultTest, AnAuthorityKeyGoesIntoAnEmptyInstanceOnly) {
  const auto import_into = [&](const std::filesystem::path& directory) {
    static_cast<void>(files.create_directory(directory));
    auto copy = crypto::PrivateKey::from_pkcs8(other_key.to_pkcs8()).value();
    return Vault::open({.files = files,
                        .directory = directory,
                        .clock = clock,
                        .random = random,
                        .imported_device_authority = std::move(copy)});
  };
  EXPECT_EQ(import_into(kDirectory).error().code, Errc::permission_denied);

  const auto fresh = import_into("/fresh");

  ASSERT_TRUE(fresh);
  const auto generations = (*fresh)->answer(vault_ipc::ListGenerations{})->generations;
  EXPECT_EQ(generations.at(0).key, other_key.public_key().point());
  EXPECT_EQ(import_into("/fresh").error().code, Errc::permission_denied) << "the second time";
}

TEST_F(VaultTest, OpensWithItsPassphraseOnly) {
  vault.reset();
  os::testing::FaultyFileSystem fresh(2);
  static_cast<void>(fresh.create_directory(kDirectory));
  const auto open_fresh = [&](const std::optional<std::string>& passphrase) {
    std::optional<crypto::SecretBytes> secret;
    if (passphrase) {
      Bytes bytes = to_bytes(as_bytes(*passphrase));
      secret = crypto::SecretBytes::take(bytes);
    }
    return Vault::open({.files = fresh,
                        .directory = kDirectory,
                        .clock = clock,
                        .random = random,
                        .passphrase = std::move(secret)});
  };
  ASSERT_TRUE(open_fresh("correct horse battery"));
  EXPECT_EQ(open_fresh("correct horse batteri").error().code, Errc::unauthenticated);
  EXPECT_EQ(open_fresh(std::nullopt).error().code, Errc::unauthenticated);
  EXPECT_TRUE(open_fresh("correct horse battery"));
  EXPECT_EQ(os::read_file(fresh, kDirectory / "unlock.key", 100).error().code, Errc::not_found);
  EXPECT_EQ(open("a passphrase").error().code, Errc::invalid_argument)
      << "the other one has a key file";
}

TEST_F(VaultTest, NoFileCanBeChangedOrExchanged) {
  vault.reset();
  for (const char* name : {"root.sealed", "keys/device-authority-1", "records/generations",
                           "records/server-authority", "unlock.key"}) {
    SCOPED_TRACE(name);
    files.flip_bit(kDirectory / name, 30);
    auto opened = open();
    // An authority's key is read when it is first used.
    const bool refused =
        !opened ||
        !(*opened)->answer(vault_ipc::IssueDeviceCertificate{
            device, Profile::board, crypto::CertificateRequest::build(key, "x").value(), {}});
    EXPECT_TRUE(refused);
    files.flip_bit(kDirectory / name, 30);
    EXPECT_TRUE(open()) << "put right again";
  }
}

TEST_F(VaultTest, PrivateKeysAreNowhereOnTheDiskInTheClear) {
  vault.reset();
  os::testing::FaultyFileSystem fresh(3);
  static_cast<void>(fresh.create_directory(kDirectory));
  ASSERT_TRUE(Vault::open(
      {.files = fresh,
       .directory = kDirectory,
       .clock = clock,
       .random = random,
       .imported_device_authority = crypto::PrivateKey::from_pkcs8(key.to_pkcs8()).value()}));
  // The scalar stands after a fixed header in PKCS#8.
  const crypto::SecretBytes pkcs8 = key.to_pkcs8();
  const ByteView scalar = ByteView(pkcs8.reveal()).subspan(36, 32);
  EXPECT_FALSE(fresh.holds(scalar));
  EXPECT_TRUE(fresh.holds(as_bytes("fastness ledger1"))) << "the search itself works";
}

// A first start that is cut off anywhere leaves a directory from which the next start works.
TEST_F(VaultTest, AFirstStartMayBeCutOffAnywhere) {
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    os::testing::FaultyFileSystem fresh(call);
    static_cast<void>(fresh.create_directory(kDirectory));
    static_cast<void>(fresh.sync_directory("/"));
    fresh.cut_power_at(fresh.calls() + call);
    const auto start = [&] {
      return Vault::open(
          {.files = fresh, .directory = kDirectory, .clock = clock, .random = random});
    };
    static_cast<void>(start());
    const bool was_cut = fresh.is_off();
    fresh.restore_power();
    const auto second = start();
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_TRUE((*second)->answer(vault_ipc::IssueDeviceCertificate{
        device, Profile::board, crypto::CertificateRequest::build(key, "x").value(), {}}));
    if (!was_cut) return;
  }
}

TEST_F(VaultTest, KeepsARecordOfViolations) {
  ASSERT_TRUE(vault->record_violation("first"));
  ASSERT_TRUE(vault->record_violation("second"));
  const Bytes record = os::read_file(files, kDirectory / "violations", 4096).value();
  EXPECT_NE(as_text(record).find(" first\n"), std::string_view::npos);
  EXPECT_NE(as_text(record).find(" second\n"), std::string_view::npos);
}

}  // namespace
}  // namespace fastness::vault
