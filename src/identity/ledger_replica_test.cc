// The hub's copy of the ledger, attacked by somebody who may write the hub's database.
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/identity_fixture_test.h"
#include "ledger/proof.h"

namespace fastness::identity {
namespace {

using ledger::Profile;

class LedgerReplicaTest : public testing::IdentityTest {
 protected:
  void enrol_many(int count) {
    for (int i = 0; i < count; ++i) leaves.push_back(crypto::sha256(enrol(Profile::board)));
  }
  ledger::Checkpoint checkpoint() {
    return ledger::verify_checkpoint(identity->checkpoint().value(), identity->ledger_key())
        .value();
  }
  std::string violations() {
    std::ifstream file(vault.directory() / "violations");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Makes the row at `index` say that another key was certified.
  void change_row(std::uint64_t index) {
    auto entry = identity->certificate(mine, device, leaves[index])->entry;
    entry.key.fill(0x66);
    ASSERT_TRUE(database.run("UPDATE identity_certificate SET entry = ? WHERE ledger_index = ?",
                             entry.encode(), index));
  }
  void expect_no_start() {
    identity.reset();
    const auto opened = open(vault);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupted);
    EXPECT_THAT(opened.error().message, ::testing::HasSubstr("put back a database of before"));
    EXPECT_THAT(violations(), ::testing::HasSubstr("a ledger that is not the vault's own"));
  }

  std::vector<crypto::Digest> leaves;
};

// More than one tile, so that proofs read the store too.
TEST_F(LedgerReplicaTest, EveryEntryIsProvedAndEveryOlderCheckpointHolds) {
  enrol_many(150);
  const auto early = checkpoint();
  enrol_many(150);
  const auto now = checkpoint();
  for (const std::size_t index : {0U, 7U, 255U, 256U, 299U}) {
    const auto proof = identity->prove(mine, device, leaves[index]);
    ASSERT_TRUE(proof) << index;
    EXPECT_EQ(ledger::verify(*proof, identity->ledger_key()).value(), now);
    EXPECT_EQ(proof->entry.leaf, leaves[index]);
  }
  const auto consistency = identity->prove_consistency(early.size);
  ASSERT_TRUE(consistency);
  EXPECT_EQ(ledger::verify(*consistency, early, identity->ledger_key()).value(), now);
  EXPECT_TRUE(identity->check(early));
  EXPECT_TRUE(identity->check(now));

  reopen();
  EXPECT_EQ(checkpoint(), now);
  EXPECT_TRUE(ledger::verify(identity->prove_consistency(early.size).value(), early,
                             identity->ledger_key()));
}

TEST_F(LedgerReplicaTest, ASizeThatNeverWasIsRefused) {
  enrol_many(2);
  EXPECT_TRUE(identity->prove_consistency(0)->hashes.empty());
  const auto beyond = identity->prove_consistency(3);
  EXPECT_EQ(beyond.error().code, Errc::invalid_argument);
  EXPECT_EQ(beyond.error().message, "the ledger has 2 entries, and never had more");
}

TEST_F(LedgerReplicaTest, ACheckpointThatTheLedgerNeverHadIsFoundOut) {
  enrol_many(3);
  ledger::Checkpoint other = checkpoint();
  other.root[5] ^= 1U;
  EXPECT_EQ(identity->check(other).error().code, Errc::corrupted);
  other = checkpoint();
  other.size = 4;
  EXPECT_EQ(identity->check(other).error().message, "the ledger has 3 entries, and once had 4");
}

// What a power cut between the vault and the hub leaves, and a database that was put back.
TEST_F(LedgerReplicaTest, ACopyThatIsOnlyBehindCatchesUpBeforeItAsks) {
  enrol_many(4);
  const auto before = checkpoint();
  identity.reset();
  ASSERT_TRUE(database.run("DELETE FROM identity_certificate WHERE ledger_index >= 2"));

  reopen();

  EXPECT_EQ(checkpoint(), before);
  EXPECT_EQ(violations(), "");
}

TEST_F(LedgerReplicaTest, AChangedEntryStopsTheStartAndIsRecorded) {
  enrol_many(4);
  change_row(1);
  expect_no_start();
}

TEST_F(LedgerReplicaTest, TwoEntriesExchangedStopTheStartAndAreRecorded) {
  enrol_many(4);
  auto one = identity->certificate(mine, device, leaves[1])->entry;
  auto three = identity->certificate(mine, device, leaves[3])->entry;
  std::swap(one.index, three.index);
  for (const auto& entry : {one, three}) {
    ASSERT_TRUE(database.run("UPDATE identity_certificate SET entry = ? WHERE ledger_index = ?",
                             entry.encode(), entry.index));
  }
  expect_no_start();
}

TEST_F(LedgerReplicaTest, AnEntryThatTheVaultNeverIssuedStopsTheStart) {
  enrol_many(2);
  auto forged = identity->certificate(mine, device, leaves[1])->entry;
  forged.index = 2;
  forged.leaf.fill(0x66);
  ASSERT_TRUE(database.run(
      "INSERT INTO identity_certificate (ledger_index, entry, leaf, device) VALUES (?, ?, ?, ?)",
      forged.index, forged.encode(), forged.leaf, forged.device));
  identity.reset();
  EXPECT_EQ(open(vault).error().message, "the vault's ledger is shorter than it was");
}

// The tree in memory is the one that was held against the vault, not what the rows say by now.
TEST_F(LedgerReplicaTest, ARowChangedAfterTheStartIsNotProved) {
  enrol_many(300);
  change_row(3);
  EXPECT_EQ(identity->prove(mine, device, leaves[3]).error().code, Errc::corrupted);
  EXPECT_EQ(identity->prove(mine, device, leaves[4]).error().code, Errc::corrupted)
      << "its tile is not what it was";
  EXPECT_TRUE(identity->prove(mine, device, leaves[280]));
  change_row(280);
  EXPECT_EQ(identity->prove(mine, device, leaves[280]).error().code, Errc::corrupted);
}

}  // namespace
}  // namespace fastness::identity
