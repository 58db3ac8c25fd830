#include "identity/ledger_witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/merkle.h"
#include "crypto/public_key/ed25519.h"
#include "crypto/secret/secret_bytes.h"
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

// The audit trail has the same witness: here any log, of hashes that the test chose.
class AnotherLog {
 public:
  void append(std::uint8_t entry) {
    tree_.append(crypto::merkle_leaf(Bytes{entry}));
    text_ = ledger::sign_checkpoint({kName, tree_.size(), tree_.root()}, key_);
  }
  [[nodiscard]] ledger::WitnessedLog witnessed() const {
    return {{kName, key_.public_key()},
            [this]() -> Result<std::string> {
              if (text_.empty()) return fail(Errc::not_found, "nothing yet");
              return text_;
            },
            [this](const ledger::Checkpoint& older) -> Result<void> {
              if (older.size <= tree_.size() && tree_.root_at(older.size) == older.root) return {};
              return fail(Errc::corrupted, "never");
            }};
  }
  void forget() { tree_ = {}; }

 private:
  static constexpr const char* kName = "fastness/test/audit";
  static crypto::Ed25519Key make_key() {
    Bytes seed(crypto::Ed25519Key::kSeedSize, 7);
    return crypto::Ed25519Key::from_seed(crypto::SecretBytes::take(seed)).value();
  }

  crypto::Ed25519Key key_ = make_key();
  crypto::MerkleTree tree_;
  std::string text_;
};

TEST_F(LedgerWitnessTest, AnotherLogIsKeptInTheSameWay) {
  AnotherLog trail;
  EXPECT_FALSE(witness.update(trail.witnessed()).value()) << "nothing was signed yet";
  trail.append(1);
  EXPECT_TRUE(witness.update(trail.witnessed()).value());
  EXPECT_FALSE(witness.update(trail.witnessed()).value());
  trail.append(2);
  EXPECT_TRUE(witness.update(trail.witnessed()).value());
}

// Somebody who holds the signing key writes the past anew, as long as it was.
TEST_F(LedgerWitnessTest, AnotherLogThatWasRewrittenIsFoundOut) {
  AnotherLog trail;
  trail.append(1);
  trail.append(2);
  ASSERT_TRUE(witness.update(trail.witnessed()).value());
  const std::string kept = read(disk, kFile);
  trail.forget();
  for (std::uint8_t entry = 7; entry < 12; ++entry) trail.append(entry);

  EXPECT_EQ(witness.update(trail.witnessed()).error().code, Errc::corrupted);
  EXPECT_EQ(read(disk, kFile), kept);
}

}  // namespace
}  // namespace fastness::identity
