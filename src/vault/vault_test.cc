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
#include "ledger/checkpoint.h"
#include "os/testing/faulty_file_system.h"
#include "vault/vault_fixture_test.h"

namespace fastness::vault {
namespace {

using namespace std::chrono_literals;
using vault_ipc::Profile;

using testing::kDirectory;
using testing::uuid;
using testing::VaultTest;

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

// What the hub's copy would be after these certificates, and what the vault says to it.
class LedgerHeadTest : public VaultTest {
 protected:
  LedgerHeadTest() {
    for (std::uint8_t i = 1; i <= 5; ++i) EXPECT_TRUE(issue(DeviceId(uuid(i)), key));
    entries = vault->answer(vault_ipc::ReadLedger{})->entries;
  }

  static crypto::Digest root_of(const std::vector<ledger::LedgerEntry>& copy) {
    crypto::MerkleFrontier tree;
    for (const auto& entry : copy) tree.append(entry.merkle_leaf());
    return tree.root();
  }
  Result<vault_ipc::SignedCheckpoint> show(const std::vector<ledger::LedgerEntry>& copy) {
    return vault->answer(vault_ipc::SignLedgerCheckpoint{copy.size(), root_of(copy)});
  }
  void expect_denied(const std::vector<ledger::LedgerEntry>& copy) {
    EXPECT_EQ(show(copy).error().code, Errc::permission_denied);
    restart();
    EXPECT_EQ(show(copy).error().code, Errc::permission_denied) << "nor after a restart";
  }

  std::vector<ledger::LedgerEntry> entries;
};

TEST_F(LedgerHeadTest, TheVaultsOwnIsSigned) {
  const auto keys = vault->answer(vault_ipc::TakeStartKeys{}).value();
  const auto shown = show(entries);
  ASSERT_TRUE(shown);
  const auto checkpoint =
      ledger::verify_checkpoint(shown->text, {keys.ledger_origin, keys.ledger_key});
  EXPECT_EQ(checkpoint->size, 5U);
  EXPECT_EQ(checkpoint->root, root_of(entries));
}

TEST_F(LedgerHeadTest, ACopyCutByOneEntryIsDenied) {
  entries.pop_back();
  expect_denied(entries);
}

TEST_F(LedgerHeadTest, AnOlderCopyPlayedBackIsDenied) {
  const auto older = entries;
  ASSERT_TRUE(show(older));
  ASSERT_TRUE(issue(DeviceId(uuid(6)), key));
  expect_denied(older);
}

TEST_F(LedgerHeadTest, AnEntryThatWasExchangedIsDenied) {
  std::swap(entries[1], entries[3]);
  expect_denied(entries);
  std::swap(entries[1], entries[3]);
  entries[2].key.fill(0x66);
  expect_denied(entries);
}

TEST_F(LedgerHeadTest, AnEntryThatNobodyIssuedIsDenied) {
  entries.push_back(entries.back());
  entries.back().index = 5;
  expect_denied(entries);
}

TEST_F(LedgerHeadTest, TheRightRootWithAnotherSizeIsDenied) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{4}, std::uint64_t{6}}) {
    EXPECT_EQ(vault->answer(vault_ipc::SignLedgerCheckpoint{size, root_of(entries)}).error().code,
              Errc::permission_denied)
        << size;
  }
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
  EXPECT_EQ(ledger::verify_checkpoint(signed_text, {keys.audit_origin, keys.audit_key})->size, 6U);
  EXPECT_FALSE(ledger::verify_checkpoint(signed_text, {keys.ledger_origin, keys.ledger_key}));
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
