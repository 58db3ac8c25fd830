// What an instance is for: said once, bound into kits and backups, and no way from one to another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vault/environment_record.h"
#include "vault/recovery/recovery_fixture_test.h"

namespace fastness::vault {
namespace {

using ::testing::HasSubstr;
using testing::head_of;
using testing::RecoveryTest;

constexpr const char* kStaging = "/staging";

class EnvironmentTest : public RecoveryTest {
 protected:
  Result<std::unique_ptr<Vault>> open_as(const std::filesystem::path& directory,
                                         std::optional<Environment> said) {
    static_cast<void>(files.create_directory(directory));
    return Vault::open({.files = files,
                        .directory = directory,
                        .clock = clock,
                        .random = random,
                        .environment = said});
  }
  // From here on the fixture's vault is of a staging instance.
  void be_staging() { vault = open_as(kStaging, Environment::staging).value(); }
};

TEST_F(EnvironmentTest, WhatWasSaidAtTheFirstStartHoldsForGood) {
  be_staging();
  vault.reset();
  for (const Environment other : {Environment::production, Environment::development}) {
    const auto opened = open_as(kStaging, other);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::permission_denied);
    EXPECT_THAT(opened.error().message, HasSubstr("this is an instance for staging"));
  }
  EXPECT_TRUE(open_as(kStaging, Environment::staging));
  EXPECT_TRUE(open_as(kStaging, std::nullopt)) << "a command without settings takes it as it is";
  EXPECT_FALSE(open_as(kStaging, Environment::production)) << "and changes nothing by that";
}

// An instance of before there were environments, and one from which somebody took the record away.
TEST_F(EnvironmentTest, WithoutARecordItIsProduction) {
  be_staging();
  vault.reset();
  ASSERT_TRUE(files.remove(std::filesystem::path(kStaging) / "records/environment"));

  EXPECT_FALSE(open_as(kStaging, Environment::staging));
  EXPECT_TRUE(open_as(kStaging, Environment::production));
}

TEST_F(EnvironmentTest, ARecordOfAnotherInstanceIsNoneOfThisOne) {
  be_staging();
  vault.reset();
  const std::filesystem::path name = "records/environment";
  const auto foreign = os::read_file(files, std::filesystem::path(kStaging) / name, 4096).value();
  ASSERT_TRUE(os::replace_file(files, testing::kDirectory / name, foreign));

  EXPECT_EQ(open_as(testing::kDirectory, Environment::staging).error().code, Errc::corrupted);
}

TEST_F(EnvironmentTest, KitsAndBackupsSayItInClear) {
  EXPECT_EQ(make_kit().header.environment, Environment::production);
  EXPECT_EQ(head_of(begin_backup().head)->environment, Environment::production);
  be_staging();
  EXPECT_EQ(parse(make_kit()).header().environment, Environment::staging);
  EXPECT_EQ(head_of(begin_backup().head)->environment, Environment::staging);
}

// What a scrubbed copy is made with, and no more.
TEST_F(EnvironmentTest, ForACopyElsewhereTheKitGivesTheDatabasesKeyAndNothingIsWritten) {
  const auto made = make_kit();
  const auto backup = begin_backup();
  const auto head = head_of(backup.head).value();

  const auto keys = open_for_scrub(made.header, open_kit(made), head, Environment::staging);

  ASSERT_TRUE(keys) << keys.error().message;
  const auto own = vault->answer(vault_ipc::TakeStartKeys{}).value();
  EXPECT_TRUE(crypto::constant_time_equal(keys->database.reveal(), own.database.reveal()));
  EXPECT_EQ(keys->ticket.head, backup.ticket.head);
  EXPECT_TRUE(files.list(testing::kNewHost).value().empty());

  const auto copy = open_as(kStaging, Environment::staging).value();
  const auto others = copy->answer(vault_ipc::TakeStartKeys{}).value();
  EXPECT_NE(others.instance, own.instance);
  EXPECT_FALSE(crypto::constant_time_equal(others.database.reveal(), own.database.reveal()));
}

TEST_F(EnvironmentTest, ACopyIsNeverProductionNorOfAnotherKit) {
  const auto made = make_kit();
  const auto backup = begin_backup();
  const auto head = head_of(backup.head).value();
  EXPECT_EQ(open_for_scrub(made.header, open_kit(made), head, Environment::production).error().code,
            Errc::invalid_argument);
  be_staging();
  const auto other = make_kit();
  EXPECT_EQ(open_for_scrub(other.header, open_kit(other), head, Environment::staging).error().code,
            Errc::permission_denied);
}

TEST_F(EnvironmentTest, ABackupIsRestoredForItsOwnEnvironmentAlone) {
  const auto made = make_kit();
  const auto backup = begin_backup();
  for (const Environment other : {Environment::staging, Environment::development}) {
    const auto refused = restore(made, backup.head, std::nullopt, other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::permission_denied);
    EXPECT_THAT(refused.error().message, HasSubstr("for production"));
    EXPECT_THAT(refused.error().message, HasSubstr("instance.environment=production"));
  }
  ASSERT_TRUE(restore(made, backup.head));
}

TEST_F(EnvironmentTest, NoOtherBecomesProductionAndWhatIsRestoredStaysWhatItWas) {
  be_staging();
  const auto made = make_kit();
  const auto backup = begin_backup();
  EXPECT_EQ(restore(made, backup.head).error().code, Errc::permission_denied);
  ASSERT_TRUE(restore(made, backup.head, std::nullopt, Environment::staging));

  EXPECT_FALSE(open_as(testing::kNewHost, Environment::production));
  EXPECT_TRUE(open_as(testing::kNewHost, Environment::staging));
}

// It is the last byte before the sealed history's size: under the seal, and in the file's key.
TEST_F(EnvironmentTest, WhoeverChangesTheWordInABackupHasNoBackup) {
  const auto made = make_kit();
  const auto backup = begin_backup();
  Bytes changed = backup.head;
  const std::size_t at = head_of(backup.head)->before_history.size() - 1;
  ASSERT_EQ(changed[at], 0);
  changed[at] = 1;

  EXPECT_EQ(head_of(changed)->environment, Environment::staging);
  EXPECT_EQ(restore(made, changed, std::nullopt, Environment::staging).error().code,
            Errc::corrupted);
  changed[at] = 3;
  EXPECT_EQ(head_of(changed).error().code, Errc::invalid_argument);
}

TEST_F(EnvironmentTest, WhoeverChangesTheWordInAKitHasNoKit) {
  auto made = make_kit();
  const Bytes whole = made.file;
  std::size_t opened = 0;
  for (std::size_t i = 0; i < whole.size() && i < 200; ++i) {
    made.file = whole;
    made.file[i] ^= 1U;
    const auto kit = SealedKit::parse(made.file);
    if (!kit || kit->header().environment != Environment::staging) continue;
    ++opened;
    EXPECT_FALSE(kit->open(secret_of_kit(kit->header(), enough(made)).value()));
  }
  EXPECT_EQ(opened, 1U) << "one byte of the header is the environment";
}

TEST_F(EnvironmentTest, AKitAndABackupOfTwoEnvironmentsAreOfNoneRestored) {
  auto made = make_kit();
  made.header.environment = Environment::development;
  EXPECT_EQ(restore(made, begin_backup().head).error().code, Errc::corrupted);
}

}  // namespace
}  // namespace fastness::vault
