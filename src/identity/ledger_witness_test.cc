#include "identity/ledger_witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/identity_fixture_test.h"
#include "ledger/checkpoint.h"
#include "os/testing/faulty_file_system.h"

namespace fastness::identity {
namespace {

using ledger::Profile;
using ::testing::EndsWith;
using ::testing::HasSubstr;

const std::filesystem::path kFolder = "/witness";
const std::filesystem::path kFile = kFolder / "ledger";

class LedgerWitnessTest : public testing::IdentityTest {
 protected:
  LedgerWitnessTest() { prepare(disk); }

  static void prepare(os::FileSystem& on) {
    static_cast<void>(on.create_directory(kFolder));
    static_cast<void>(on.sync_directory("/"));
  }
  static std::string read(os::FileSystem& on, const std::filesystem::path& file) {
    const auto bytes = os::read_file(on, file, 1U << 20U);
    return bytes ? std::string(as_text(*bytes)) : "";
  }
  void write(const std::string& text) {
    ASSERT_TRUE(os::replace_file(disk, kFile, as_bytes(text)));
  }
  std::uint64_t witnessed() {
    const auto checkpoint = ledger::verify_checkpoint(read(disk, kFile), identity->ledger_key());
    EXPECT_TRUE(checkpoint);
    return checkpoint ? checkpoint->size : 0;
  }

  os::testing::FaultyFileSystem disk{1};
  LedgerWitness witness{disk, kFile};
};

TEST_F(LedgerWitnessTest, HasTheNewestCheckpointAndEveryOneBefore) {
  static_cast<void>(enrol(Profile::board));
  EXPECT_TRUE(witness.update(*identity).value());
  EXPECT_EQ(witnessed(), 1U);
  const std::string first = read(disk, kFile);
  static_cast<void>(enrol(Profile::board));
  static_cast<void>(enrol(Profile::board));

  EXPECT_TRUE(witness.update(*identity).value());

  EXPECT_EQ(witnessed(), 3U);
  EXPECT_EQ(read(disk, kFolder / "ledger.history"), first + read(disk, kFile));
}

TEST_F(LedgerWitnessTest, NothingIsWrittenWhileTheLedgerDoesNotGrow) {
  static_cast<void>(enrol(Profile::board));
  ASSERT_TRUE(witness.update(*identity).value());
  const auto calls = disk.calls();
  EXPECT_FALSE(witness.update(*identity).value());
  reopen();
  EXPECT_FALSE(LedgerWitness(disk, kFile).update(*identity).value()) << "nor after a restart";
  EXPECT_EQ(disk.calls(), calls);
}

// Somebody with every key of the host puts back vault and database of an earlier day.
TEST_F(LedgerWitnessTest, ALedgerThatWasTakenBackIsFoundOutAndTheFileKept) {
  static_cast<void>(enrol(Profile::board));
  const auto copy = vault.directory().string() + ".copy";
  std::filesystem::copy(vault.directory(), copy, std::filesystem::copy_options::recursive);
  static_cast<void>(enrol(Profile::board));
  ASSERT_TRUE(witness.update(*identity).value());
  const std::string kept = read(disk, kFile);

  identity.reset();
  std::filesystem::remove(vault.directory() / "ledger");
  std::filesystem::copy(copy + "/ledger", vault.directory() / "ledger");
  std::filesystem::remove_all(copy);
  vault.restart();
  ASSERT_TRUE(database.run("DELETE FROM identity_certificate WHERE ledger_index >= 1"));
  ASSERT_TRUE(database.run("UPDATE identity_device SET pinned_key = NULL"));
  reopen();

  const auto updated = witness.update(*identity);
  EXPECT_EQ(updated.error().code, Errc::corrupted);
  EXPECT_EQ(updated.error().message, "the ledger has 1 entries, and once had 2");
  EXPECT_EQ(read(disk, kFile), kept);
}

TEST_F(LedgerWitnessTest, AFileThatIsNoCheckpointOfOursIsLeftAlone) {
  static_cast<void>(enrol(Profile::board));
  vault::testing::InProcessVault stranger(clock, random);
  const auto foreign = stranger.client().sign_ledger_checkpoint(0, crypto::sha256({}));
  ASSERT_TRUE(foreign);
  for (const std::string& text : {std::string(), std::string("notes of mine\n"), *foreign}) {
    write(text);
    const auto updated = witness.update(*identity);
    EXPECT_EQ(updated.error().code, Errc::corrupted);
    EXPECT_THAT(updated.error().message, HasSubstr("move it away"));
    EXPECT_EQ(read(disk, kFile), text);
  }
}

TEST_F(LedgerWitnessTest, SurvivesAPowerCutAtEveryCall) {
  static_cast<void>(enrol(Profile::board));
  const std::string one = identity->checkpoint().value();
  static_cast<void>(enrol(Profile::board));
  const std::string two = identity->checkpoint().value();
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    os::testing::FaultyFileSystem fresh(call);
    prepare(fresh);
    ASSERT_TRUE(os::replace_file(fresh, kFile, as_bytes(one)));
    fresh.cut_power_at(fresh.calls() + call);
    const auto updated = LedgerWitness(fresh, kFile).update(*identity);
    const bool was_cut = fresh.is_off();
    fresh.restore_power();
    const std::string found = read(fresh, kFile);
    EXPECT_TRUE(found == two || (found == one && !updated)) << found;
    ASSERT_TRUE(LedgerWitness(fresh, kFile).update(*identity));
    EXPECT_EQ(read(fresh, kFile), two);
    EXPECT_THAT(read(fresh, kFolder / "ledger.history"), EndsWith(two));
    if (!was_cut) return;
  }
}

TEST_F(LedgerWitnessTest, AFullDiskLosesNothing) {
  static_cast<void>(enrol(Profile::board));
  ASSERT_TRUE(witness.update(*identity).value());
  const std::string kept = read(disk, kFile);
  static_cast<void>(enrol(Profile::board));
  disk.set_capacity(1);
  EXPECT_EQ(witness.update(*identity).error().code, Errc::exhausted);
  EXPECT_EQ(read(disk, kFile), kept);
  disk.set_capacity(std::nullopt);
  EXPECT_TRUE(witness.update(*identity).value());
  EXPECT_EQ(witnessed(), 2U);
}

}  // namespace
}  // namespace fastness::identity
