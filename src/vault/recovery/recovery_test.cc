// A host is lost: what a kit and a backup give back, and what they never do.
#include "vault/recovery/recovery.h"

#include <algorithm>
#include <map>

#include "crypto/aead.h"
#include "vault/recovery/recovery_fixture_test.h"

namespace fastness::vault {
namespace {

using testing::kNewHost;
using testing::RecoveryTest;
using testing::secret_text;

bool contains(ByteView all, ByteView part) {
  return std::search(all.begin(), all.end(), part.begin(), part.end()) != all.end();
}

TEST_F(RecoveryTest, AKitOpensWithItsPassphraseAndWithNoOther) {
  const auto made = vault->recovery().make_kit(secret_text("five words of no account")).value();
  const SealedKit kit = parse(made);

  const auto right = secret_of_kit(kit.header(), secret_text("five words of no account"));
  const auto wrong = secret_of_kit(kit.header(), secret_text("five words of no accounts"));

  EXPECT_TRUE(kit.open(*right));
  EXPECT_EQ(kit.open(*wrong).error().code, Errc::unauthenticated);
  EXPECT_TRUE(made.shares.empty());
}

TEST_F(RecoveryTest, AnySharesThatAreEnoughOpenAKit) {
  const auto made = vault->recovery().make_kit(SplitChoice{3, 5}).value();
  const SealedKit kit = parse(made);

  for (const auto& which : {std::vector<std::size_t>{0, 1, 2}, {4, 0, 3}, {0, 1, 2, 3, 4}}) {
    std::string lines;
    for (const std::size_t i : which) lines += made.shares[i] + "\r\n\n";
    const auto secret = secret_of_kit(kit.header(), secret_text(lines));
    ASSERT_TRUE(secret) << secret.error().message;
    EXPECT_TRUE(kit.open(*secret));
  }
}

TEST_F(RecoveryTest, TooFewSharesAndWrongOnesAreSaidSo) {
  const auto made = vault->recovery().make_kit(SplitChoice{3, 5}).value();
  const auto other = vault->recovery().make_kit(SplitChoice{3, 5}).value();
  const SealedKit kit = parse(made);
  const auto message = [&](const std::string& lines) {
    const auto refused = secret_of_kit(kit.header(), secret_text(lines));
    if (refused) return std::string("it was taken");
    EXPECT_EQ(refused.error().code, Errc::unauthenticated);
    return refused.error().message;
  };

  EXPECT_NE(message(made.shares[0] + "\n" + made.shares[1]).find("with 3 of its shares, and 2"),
            std::string::npos);
  std::string slip = made.shares[3];
  slip.back() = slip.back() == '0' ? '1' : '0';
  EXPECT_NE(message(made.shares[0] + "\n" + slip + "\n" + made.shares[1]).find("share 4 is not"),
            std::string::npos);
  EXPECT_NE(message(other.shares[1]).find("share 2 is not"), std::string::npos);
  EXPECT_NE(message("9" + made.shares[0].substr(1)).find("share 9 is not"), std::string::npos);
  EXPECT_NE(message("what is this").find("not a share"), std::string::npos);
  EXPECT_NE(message("").find("and 0 were given"), std::string::npos);
}

TEST_F(RecoveryTest, OneShareGivenTwiceIsNotTwo) {
  const auto made = make_kit();
  const auto refused =
      secret_of_kit(parse(made).header(), secret_text(made.shares[0] + "\n" + made.shares[0]));
  EXPECT_EQ(refused.error().message, "share 1 was given twice");
}

TEST_F(RecoveryTest, AKitThatWasChangedAnywhereDoesNotOpen) {
  const auto made = make_kit();
  const auto secret = secret_of_kit(made.header, enough(made)).value();

  for (std::size_t i = 0; i < made.file.size(); i += 7) {
    SCOPED_TRACE(i);
    Bytes changed = made.file;
    changed[i] ^= 0x10U;
    const auto kit = SealedKit::parse(changed);
    EXPECT_FALSE(kit && kit->open(secret));
  }
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{15}, std::size_t{60}, made.file.size() - 1}) {
    const auto kit = SealedKit::parse(
        Bytes(made.file.begin(), made.file.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_FALSE(kit && kit->open(secret));
  }
}

TEST_F(RecoveryTest, AKitHoldsNoKeyOfTheDeviceAuthorityAndNoRootKey) {
  const crypto::PrivateKey authority = crypto::PrivateKey::generate();
  const crypto::SecretBytes pkcs8 = authority.to_pkcs8();
  auto same = crypto::PrivateKey::from_pkcs8(pkcs8).value();
  static_cast<void>(files.create_directory("/forged"));
  vault = Vault::open({.files = files,
                       .directory = "/forged",
                       .clock = clock,
                       .random = random,
                       .imported_device_authority = std::move(same)})
              .value();
  const auto made = make_kit();
  const KitContents contents = open_kit(made);

  const crypto::SecretBytes plain = contents.encode();

  constexpr std::size_t kScalarAt = 36;  // RFC 5915 inside RFC 5958, for P-256
  ASSERT_GE(pkcs8.size(), kScalarAt + 32);
  EXPECT_FALSE(contains(plain.reveal(), pkcs8.reveal().subspan(kScalarAt, 32)));
  // The same look finds the key that is meant to be there.
  const auto root = crypto::PrivateKey::from_pkcs8(*contents.server_root).value();
  EXPECT_TRUE(contains(plain.reveal(), root.to_pkcs8().reveal().subspan(kScalarAt, 32)));
  // With the root key, whatever it seals could be opened; with the kit, it cannot.
  const auto sealed = os::read_file(files, "/forged/keys/device-authority-1", 4096).value();
  Bytes name = to_bytes(as_bytes("fastness vault file v1\ndevice-authority-1"));
  for (const LastingKey each : {LastingKey::database, LastingKey::hub_files, LastingKey::pepper,
                                LastingKey::segment_wrap, LastingKey::blind_index}) {
    EXPECT_FALSE(crypto::open_with_nonce(contents.lasting.of(each), name, sealed));
  }
}

TEST_F(RecoveryTest, ARehearsalIsRememberedAndSaysWhatTheKitLacks) {
  static_cast<void>(vault->answer(vault_ipc::MakeOrganisationKey{organisation}).value());
  static_cast<void>(issue(device, key).value());
  const auto made = make_kit();
  EXPECT_FALSE(vault->answer(vault_ipc::ReadCustody{})->kits.at(0).rehearsed_at);
  static_cast<void>(vault->answer(vault_ipc::MakeOrganisationKey{later_organisation}).value());
  static_cast<void>(issue(device, key).value());
  clock.advance(std::chrono::hours(1));

  const auto done = vault->recovery().rehearse(parse(made), enough(made));

  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->missing_owners, 1U);
  EXPECT_EQ(done->missing_certificates, 1U);
  EXPECT_EQ(done->server_root, ServerRootPlace::in_kit);
  restart();
  const auto custody = vault->answer(vault_ipc::ReadCustody{}).value();
  ASSERT_EQ(custody.kits.size(), 1U);
  EXPECT_EQ(custody.kits[0].rehearsed_at, clock.now());
  EXPECT_EQ(custody.kits[0].owners, 1U);
  EXPECT_EQ(custody.owners, 2U);
  EXPECT_EQ(custody.kits[0].needed, 2U);
  EXPECT_EQ(custody.kits[0].shares, 3U);
}

TEST_F(RecoveryTest, ARehearsalRefusesWhatIsNotThisVaults) {
  const auto made = make_kit();
  const auto unknown = vault->recovery().make_kit(SplitChoice{2, 3}).value();
  EXPECT_EQ(vault->recovery().rehearse(parse(unknown), enough(unknown)).error().code,
            Errc::not_found);
  EXPECT_EQ(vault->recovery().rehearse(parse(made), secret_text("")).error().code,
            Errc::unauthenticated);
  EXPECT_FALSE(vault->answer(vault_ipc::ReadCustody{})->kits.at(0).rehearsed_at);

  static_cast<void>(files.create_directory("/other"));
  const auto other =
      Vault::open({.files = files, .directory = "/other", .clock = clock, .random = random})
          .value();
  EXPECT_EQ(other->recovery().rehearse(parse(made), enough(made)).error().code,
            Errc::permission_denied);
}

TEST_F(RecoveryTest, ANewHostHasWhatDataBoardsAndPeopleHoldOnTo) {
  const auto public_key = vault->answer(vault_ipc::MakeOrganisationKey{organisation})->public_key;
  const Bytes content_key = crypto::seal_to(public_key, as_bytes("the key of a closed day"));
  const auto share = vault->answer(vault_ipc::ReadShare{{organisation, std::nullopt}}).value();
  const auto issued = issue(device, key).value();
  const auto before = start_keys(*vault);
  const auto pepper = vault->answer(vault_ipc::PepperPassword{crypto::sha256({})})->hash;
  const auto anchors = vault->answer(vault_ipc::ReadServerAnchors{}).value();
  const auto made = make_kit();
  const auto backup = begin_backup();

  ASSERT_TRUE(restore(made, backup.head));
  const auto restored = open_restored();

  const auto after = start_keys(*restored);
  EXPECT_EQ(after.instance, before.instance);
  const auto is_same = [](const crypto::SecretBytes& a, const crypto::SecretBytes& b) {
    return crypto::constant_time_equal(a.reveal(), b.reveal());
  };
  EXPECT_TRUE(is_same(after.database, before.database));
  EXPECT_TRUE(is_same(after.config, before.config));
  EXPECT_TRUE(is_same(after.api_key, before.api_key));
  EXPECT_TRUE(is_same(after.device_secret, before.device_secret));
  EXPECT_TRUE(is_same(after.blind_index, before.blind_index));
  EXPECT_EQ(after.ledger_key, before.ledger_key);
  EXPECT_EQ(after.audit_key, before.audit_key);
  // Whoever had a session or a token signs in again.
  EXPECT_FALSE(is_same(after.session, before.session));
  EXPECT_FALSE(is_same(after.csrf, before.csrf));
  EXPECT_FALSE(is_same(after.token, before.token));
  EXPECT_FALSE(is_same(after.setup_link, before.setup_link));

  EXPECT_EQ(as_text(restored->answer(vault_ipc::UnwrapContentKey{organisation, 1, content_key})
                        ->key.reveal()),
            "the key of a closed day");
  EXPECT_TRUE(is_same(restored->answer(vault_ipc::ReadShare{{organisation, std::nullopt}})->key,
                      share.key));
  EXPECT_EQ(restored->answer(vault_ipc::PepperPassword{crypto::sha256({})})->hash, pepper);
  EXPECT_EQ(restored->answer(vault_ipc::ReadServerAnchors{})->active, anchors.active);
  EXPECT_TRUE(restored->answer(vault_ipc::IssueServerCertificate{
      {"localhost"}, crypto::PrivateKey::generate().public_key().to_spki()}));
  EXPECT_EQ(restored->answer(vault_ipc::ReadLedger{0})->entries.at(0), issued.entry);
}

TEST_F(RecoveryTest, ANewHostAdmitsWhomTheOldOneDidAndSignsWithAnotherKey) {
  static_cast<void>(issue(device, key).value());
  const auto old = generation(1);
  const auto made = make_kit();
  ASSERT_TRUE(restore(made, begin_backup().head));
  vault = open_restored();

  EXPECT_EQ(generation(1).state, vault_ipc::GenerationState::retiring);
  EXPECT_EQ(generation(1).key, old.key);
  EXPECT_TRUE(generation(1).old_with_new.empty());
  EXPECT_EQ(generation(2).state, vault_ipc::GenerationState::issuing);
  EXPECT_NE(generation(2).key, old.key);
  EXPECT_TRUE(generation(2).new_with_old.empty());

  // The key of before is nowhere, whatever is asked for.
  EXPECT_EQ(
      vault->answer(vault_ipc::SignRevocationList{vault_ipc::GenerationId(1), {}}).error().code,
      Errc::not_found);
  EXPECT_EQ(files.open(kNewHost / "keys/device-authority-1", os::OpenMode::read).error().code,
            Errc::not_found);

  const auto renewed = issue(device, key).value();
  EXPECT_EQ(renewed.entry.continuity, vault_ipc::Continuity::same_key);
  EXPECT_EQ(renewed.entry.generation, vault_ipc::GenerationId(2));
  EXPECT_EQ(issue(device, other_key).error().code, Errc::permission_denied);
}

TEST_F(RecoveryTest, WhatHadNotIssuedYetIsGoneWithItsKey) {
  static_cast<void>(vault->answer(vault_ipc::ChangeGeneration{}).value());
  ASSERT_EQ(generation(2).state, vault_ipc::GenerationState::staged);
  const auto made = make_kit();
  ASSERT_TRUE(restore(made, begin_backup().head));
  vault = open_restored();

  EXPECT_EQ(generation(2).state, vault_ipc::GenerationState::destroyed);
  EXPECT_TRUE(generation(2).distrusted_at);
  EXPECT_EQ(generation(3).state, vault_ipc::GenerationState::issuing);
}

TEST_F(RecoveryTest, AKitOfBeforeOpensABackupOfMonthsLater) {
  const auto made = make_kit();
  clock.advance(std::chrono::days(100));
  static_cast<void>(issue(device, key).value());
  const auto backup = begin_backup();

  const auto ticket = restore(made, backup.head);

  ASSERT_TRUE(ticket) << ticket.error().message;
  EXPECT_TRUE(crypto::constant_time_equal(ticket->key.reveal(), backup.ticket.key.reveal()));
  EXPECT_EQ(ticket->head, backup.ticket.head);
  EXPECT_EQ(open_restored()->answer(vault_ipc::ReadLedger{0})->size, 1U);
}

TEST_F(RecoveryTest, ABackupOlderThanTheKitLosesNoCertificate) {
  static_cast<void>(issue(device, key).value());
  const auto backup = begin_backup();
  static_cast<void>(issue(DeviceId(testing::uuid(2)), other_key).value());
  clock.advance(std::chrono::minutes(1));
  const auto made = make_kit();

  ASSERT_TRUE(restore(made, backup.head));

  EXPECT_EQ(open_restored()->answer(vault_ipc::ReadLedger{0})->size, 2U);
}

TEST_F(RecoveryTest, WhoWasErasedAfterTheKitStaysErased) {
  static_cast<void>(vault->answer(vault_ipc::MakeOrganisationKey{organisation}).value());
  static_cast<void>(
      vault->answer(vault_ipc::ReadShare{{organisation, UserId(testing::uuid(3))}}).value());
  static_cast<void>(vault->answer(vault_ipc::ReadShare{{organisation, std::nullopt}}).value());
  const auto made = make_kit();
  ASSERT_TRUE(vault->answer(vault_ipc::DestroyShare{{organisation, std::nullopt}}));
  const auto backup = begin_backup();

  ASSERT_TRUE(restore(made, backup.head));
  const auto restored = open_restored();

  for (const std::optional<UserId>& person :
       {std::optional<UserId>(), std::optional(UserId(testing::uuid(3)))}) {
    EXPECT_EQ(restored->answer(vault_ipc::ReadShare{{organisation, person}}).error().code,
              Errc::not_found);
  }
  EXPECT_EQ(restored->answer(vault_ipc::MakeOrganisationKey{organisation}).error().code,
            Errc::not_found);
}

TEST_F(RecoveryTest, ABackupOfAnotherInstanceOrChangedIsRefused) {
  const auto made = make_kit();
  const auto backup = begin_backup();
  static_cast<void>(files.create_directory("/other"));
  const auto other =
      Vault::open({.files = files, .directory = "/other", .clock = clock, .random = random})
          .value();

  const auto foreign = restore(made, other->recovery().begin_backup()->head);
  EXPECT_EQ(foreign.error().code, Errc::permission_denied);

  for (std::size_t i = 0; i < backup.head.size(); i += 11) {
    SCOPED_TRACE(i);
    Bytes changed = backup.head;
    changed[i] ^= 1U;
    EXPECT_FALSE(restore(made, changed));
  }
  EXPECT_FALSE(restore(made, Bytes(backup.head.begin(), backup.head.end() - 1)));
  EXPECT_TRUE(restore(made, backup.head));
}

TEST_F(RecoveryTest, NothingIsRestoredOverAVault) {
  const auto made = make_kit();
  const auto backup = begin_backup();
  ASSERT_TRUE(restore(made, backup.head));
  EXPECT_EQ(restore(made, backup.head).error().code, Errc::already_exists);
}

TEST_F(RecoveryTest, TwoBackupsShareNoKey) {
  const auto one = begin_backup();
  const auto two = begin_backup();
  EXPECT_FALSE(crypto::constant_time_equal(one.ticket.key.reveal(), two.ticket.key.reveal()));
}

TEST_F(RecoveryTest, TheAuditLogGoesOnFromWhereTheBackupHadIt) {
  const crypto::Digest root = crypto::sha256(as_bytes("the log"));
  ASSERT_TRUE(vault->answer(vault_ipc::SignAuditCheckpoint{5, root}));
  const auto made = make_kit();
  ASSERT_TRUE(restore(made, begin_backup().head));
  vault = open_restored();

  EXPECT_EQ(vault->answer(vault_ipc::SignAuditCheckpoint{4, root}).error().code,
            Errc::permission_denied);
  EXPECT_TRUE(vault->answer(vault_ipc::SignAuditCheckpoint{5, root}));
}

TEST_F(RecoveryTest, TheCustodySaysHowTheRootKeyOpens) {
  EXPECT_EQ(vault->answer(vault_ipc::ReadCustody{})->opener, vault_ipc::RootOpener::key_file);
  EXPECT_TRUE(vault->answer(vault_ipc::ReadCustody{})->has_standby);
  ASSERT_TRUE(vault->server_authority().forget_standby());
  const auto custody = vault->answer(vault_ipc::ReadCustody{}).value();
  EXPECT_FALSE(custody.has_standby);
  EXPECT_EQ(custody.keys, vault_ipc::KeyPlace::sealed_files);
  EXPECT_TRUE(custody.kits.empty());
}

PublicHistory story(std::vector<std::uint8_t> devices, std::chrono::seconds at) {
  PublicHistory history;
  history.taken_at = Timestamp(at);
  for (const std::uint8_t device : devices) {
    ledger::LedgerEntry entry;
    entry.index = history.entries.size();
    entry.device = DeviceId(testing::uuid(device));
    history.entries.push_back(entry);
  }
  return history;
}

TEST(Stories, TheYoungerGoesOnFromTheOlder) {
  using std::chrono::seconds;
  EXPECT_EQ(merge(story({1, 2}, seconds(2)), story({1}, seconds(1)))->entries.size(), 2U);
  EXPECT_EQ(merge(story({1}, seconds(1)), story({1, 2}, seconds(2)))->entries.size(), 2U);
  EXPECT_TRUE(merge(story({}, seconds(1)), story({}, seconds(1))));
  // Another device in one place, or a younger one that has lost entries.
  EXPECT_EQ(merge(story({1, 3}, seconds(2)), story({1, 2}, seconds(1))).error().code,
            Errc::corrupted);
  EXPECT_EQ(merge(story({1}, seconds(2)), story({1, 2}, seconds(1))).error().code, Errc::corrupted);
}

TEST(Stories, WhoWasErasedInEitherIsErased) {
  PublicHistory one = story({}, std::chrono::seconds(1));
  PublicHistory two = story({}, std::chrono::seconds(2));
  one.erased = {"a.share", "b.share"};
  two.erased = {"b.share", "c.share"};
  EXPECT_EQ(merge(one, two)->erased, (std::vector<std::string>{"a.share", "b.share", "c.share"}));
}

TEST(EpochKeys, LeadForwardAndNeverBack) {
  os::testing::FaultyFileSystem files{1};
  crypto::SystemRandom random;
  fastness::testing::ManualClock clock{
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 12 / 31))};
  static_cast<void>(files.create_directory("/v"));
  const auto records =
      SealedFiles::open(files, "/v/records", crypto::SecretBytes(32), random).value();
  const EpochRing ring = EpochRing::open_or_begin(records, clock, random).value();
  const Month december = month_of(clock.now());
  clock.advance(std::chrono::days(1));
  const Month january = month_of(clock.now());

  EXPECT_EQ(january, december + 1);
  EXPECT_EQ(ring.first(), december);
  EXPECT_EQ(ring.key_of(december - 1).error().code, Errc::not_found);
  EXPECT_EQ(ring.key_of(december + 100 * 12 * 12).error().code, Errc::invalid_argument);
  const auto first = ring.key_of(december).value();
  EXPECT_FALSE(crypto::constant_time_equal(first.reveal(), ring.key_of(january)->reveal()));
  // It is the one of before, a month later too.
  const EpochRing again = EpochRing::open_or_begin(records, clock, random).value();
  EXPECT_EQ(again.first(), december);
  EXPECT_TRUE(again.is_same_as(ring));
  EXPECT_TRUE(crypto::constant_time_equal(first.reveal(), again.key_of(december)->reveal()));
}

}  // namespace
}  // namespace fastness::vault
